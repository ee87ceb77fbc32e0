/** The routes of one's own mails of notice. */
import { call, type Result } from "../../../client/account.ts";
import { NoticesView, type NoticeWish } from "../../../protocol/console-notices.ts";

const PLACE = "/api/console/notices";

export const notices = (): Promise<Result<NoticesView>> => call("GET", PLACE, NoticesView);
export const setNotices = (wish: NoticeWish): Promise<Result<NoticesView>> => call("POST", PLACE, NoticesView, wish);
