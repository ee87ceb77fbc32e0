/** The part of simple-peer's browser build that peer.ts uses; @types/simple-peer describes only the package's Node entry. */
declare module "simple-peer/simplepeer.min.js" {
  interface Options {
    initiator: false;
    objectMode: true;
    trickle: true;
    channelConfig: RTCDataChannelInit;
    channelName: string;
    config: RTCConfiguration;
  }
  type Signal =
    | RTCSessionDescriptionInit
    | { type: "candidate"; candidate: RTCIceCandidateInit }
    | { type: "renegotiate" }
    | { type: "transceiverRequest" };

  export default class SimplePeer {
    constructor(options: Options);
    /** Null once destroyed. */
    readonly _pc: RTCPeerConnection | null;
    readonly destroyed: boolean;
    signal(data: Signal): void;
    send(text: string): void;
    destroy(): void;
    on(event: "signal", listener: (data: Signal) => void): this;
    on(event: "connect" | "close", listener: () => void): this;
    /** Text frames as strings, because of `objectMode`; binary ones as bytes. */
    on(event: "data", listener: (data: unknown) => void): this;
    on(event: "error", listener: (error: Error) => void): this;
  }
}
