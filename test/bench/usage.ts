/** What `npm run bench -- --help` prints. */
export const USAGE = `usage: npm run bench -- NAME [--json] [--net lan|wan|line|loss] [--leg udp|tls] [--office linux|windows] [--samples N] [--keep]
       npm run bench -- trace|lab [--trace office|mixed] [--json]
       npm run bench -- trace|page|latency|join --peer novnc|xpra|webrtc [--json] …
       npm run bench -- film [--content film|saver|spinner] [--minutes N] [--json]
       npm run bench -- chaos [--minutes 60] [--seed N] [--nodes N] [--store sqlite|postgres] [--json] [--keep]
       npm run bench -- fleet|nine|enrol|lists|console|import|lock|policy|day-end|event|audit|move|store [--json] [--agents N] [--people N] [--kind KIND] [--records N] [--keep]

  trace     the office trace, 90 s, or the mixed one, 60 s: bytes on the line, processor time, truth of the picture
  lab       the same traces, recorded once and played through encoder and plan off line: bytes and truth, whatever else the machine does
  page      a new page of text (16): key → its first picture, and → a picture that is right
  motion    a page that scrolls 30 steps a second for 10 s (3 times): steps that arrive, how true, how late
  film      moving pictures at the office, in a window and over the whole screen, 1 minute each, while keys are typed: bytes, key → pixel
  squeeze   a line of 5 Mbit/s that has 300 kbit/s for a minute and is wide again: key → pixel, what waits, whether the session stays
  latency   key → pixel (64 samples), with the method's floor
  join      click → first picture (12 sessions)
  idle      cost while nobody works; with --minutes 12 also whether a session outlives every expiry without internet
  loss      key-up in the page → key-up at the office (300 keys) on a line that loses 5 %
  day       memory of agent and page over a working day of 8 compressed hours; --samples N for other hours
  attack    key → pixel before and during 60 s of what strangers at the relay can send, and sessions lost
  fleet     SIGKILL of the server with 10,000 office PCs: time until all are back, processor time, longest turn of its event loop
  nine      nine o'clock: 2,000 people sign in and connect within a minute, set-up takes 3 s: how many get in, how long they wait
  lock      a lock on a town while 2,000 people work: seconds until the last session has ended at both ends
  policy    a change of policy while 2,000 people work: seconds until the last office PC has it, and the last session is under it
  day-end   the end of hours while 2,000 people work: seconds until every office PC is covered, locked, and recorded to be
  event     the end of an event with 34,000 IDs in 794 organisations while 2,000 people work under it: seconds until the last ID and session have ended
  enrol     2,000 office PCs enrol while 10,000 are connected: how many a second, how long they wait, processor time for each
  lists     the command line's list of 34,000 office PCs: time, and memory at most
  import    5,000 lines of a CSV file into a store with as many people and office PCs as --agents says: time, and the longest turn of the event loop
  console   the administrators' console of 34,000 office PCs and people in 794 organisations: first view, search and filter, scripts; import and lock
  move      SQLite to PostgreSQL with 34,000 office PCs and people and 1,000,000 records, a backup, a restore: how long each takes, verified
  chaos     200 people and office PCs while the server is killed, stopped, cut off, without room and without the right time: what was broken
  audit     the record of what happened with 1,000,000 records: what adding costs, how long it takes to recompute all, and to find a changed one
  store     1,800 people sign in, 60 a second, on each engine of the store: how long it takes, processor time of server and database

  --net     lan: links without delay. wan: 1 Mbit/s, 20 ms each way, 0.5 % loss at home. line: the same at the office.
            loss: 10 Mbit/s, 30 ms each way, 5 % loss at the office (what the loss measurement takes by itself)
            squeeze has a line of its own: 20 ms each way, no loss, at home
  --leg     how the agent reaches the relay: udp (as it chooses by itself) or tls only
  --office  windows: the agent runs in the real Windows node.exe under Wine, on the same screen
  --peer    for trace, page, latency and join: the same once more with somebody else's program, in the same run
  --trace   for trace and lab: office (usual), mixed (a web page with photographs, a PDF, a spreadsheet with charts, a terminal)
  --content for film: film (usual), saver (a screen saver), spinner (small, and never ends)
  --minutes for idle (0.5), film (1, of each part) and chaos (60)
  --seed    for chaos: the same plan once more (each run draws one)
  --nodes   for chaos: 1 (usual) to 4, these before one --store postgres
  --keep    leave logs and documents where they are, and say where (chaos: its history, which also stays when something was broken)

  --agents  office PCs (10,000; 34,000 for lists, console and import; as many as people for lock, policy, day-end and event)
  --people  for nine, lock, policy, day-end, event and console (2,000)
  --records for audit (1,000,000)
  --kind    for import: people (usual), terminals, grants, divisions

Needs root (network namespaces; not for those with a crowd). Debian packages are installed by themselves; --net wan, line and loss, and squeeze, need gcc and libc6-dev, too.`;
