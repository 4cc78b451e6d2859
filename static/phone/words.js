// Words of the first page and of what is around every page: Chinese first, English second.

import { addWords } from "../lib/language.js";

addWords({
  app: ["矿山巡查", "FieldSync"], pages: ["页面", "Pages"], back: ["返回", "Back"], yes: ["是", "Yes"], no: ["否", "No"], several: ["多项", "Several"],
  unnamed: ["未命名", "No name"], metres: ["{n} 米", "{n} m"], kilometres: ["{n} 公里", "{n} km"], call: ["拨打 {label} {number}", "Call {label} {number}"],
  saved: ["已保存在手机，等待上传", "Saved on this phone, waiting to be sent"],
  trouble: ["出了点问题，已填内容仍在手机里", "Something failed; what you entered is still on the phone"],
  portal: ["这个网络要求先登录（如酒店、营业厅 Wi-Fi），暂未上传。", "This network wants you to sign in first; nothing was sent."], "tab.today": ["今日", "Today"],
  "tab.map": ["地图", "Map"], "tab.sites": ["站点", "Sites"], "tab.outbox": ["上传", "Sending"], "tab.settings": ["我的", "Me"], "sync.idle": ["已同步", "In step"],
  "sync.running": ["同步中…", "Syncing…"], "sync.uploading": ["传照片…", "Photos…"], "sync.offline": ["无信号", "No signal"],
  "sync.portal": ["网络需登录", "Sign in to Wi-Fi"], "sync.expired": ["需登录", "Sign in"], "sync.busy": ["稍后再传", "Later"],
  "sync.closed": ["账号停用，工作仍保存在手机", "Account closed; your work is kept"], "sync.trouble": ["稍后再试", "Trying again"],
  "sync.draining": ["正在上交", "Handing in"], "sync.erased": ["已清除", "Erased"], "sync.do": ["现在上传", "Send now"],
  "update.ready": ["有新版本。", "A new version is here."], "update.take": ["更新", "Update"],
  "session.expired": ["登录已过期。工作仍在手机里，登录后继续上传。", "Your sign-in has expired. Your work is on the phone and is sent once you sign in."],
  "unsynced.long": ["有 {n} 项自 {since} 起未上传，请尽快连上网络。", "{n} items wait since {since}. Please find a network soon."],
  "storage.full": ["手机空间已满：刚才的内容没有存上。请删除其他应用或照片后重试；已保存的都还在。", "The phone is full: the last change was not stored. Free some space and try again; all that was saved is still here."],
  "device.draining": ["县里已停用本机。正在上交未上传的工作，交完自动清除，请保持联网。", "The county has ended this phone's service. Your unsent work is being handed in; then the phone is erased. Stay online."],
  today: ["今日巡查", "Today"], sites: ["站点", "Sites"], task: ["巡查任务", "Task"], nearest: ["离我最近", "Nearest"],
  nothing: ["今天没有安排。同步后再看。", "Nothing planned. Sync and look again."], returned: ["退回", "Returned"], drafts: ["未完成", "Unfinished"],
  "draft.since": ["填到 {at}", "Last touched {at}"], visited: ["已到", "Visited"], "visited.last": ["上次 {at}", "Last {at}"], newsite: ["新站点", "New site"],
  "out.begin": ["开始巡查", "Set out"], "out.begin.sub": ["记录轨迹，告诉乡镇何时返回", "Records the way and tells the township when you are back"],
  "out.now": ["正在巡查", "On patrol"], "out.running": ["记录中", "Recording"], "out.since": ["{at} 出发，预计 {back} 返回", "Since {at}, back by {back}"],
  "out.extend": ["晚一小时返回", "One hour later"], "out.overdue.own": ["已过预计返回时间。平安请点“晚一小时”或结束巡查。", "You are past your return time. If all is well, say so."],
  "out.overdue.others": ["有 {n} 人逾期未归，请联系。", "{n} overdue: please call."], "conflicts.some": ["{n} 处与他人意见不一", "{n} disagreements"],
  "conflicts.look": ["查看", "Look"], signin: ["登录", "Sign in"],
  "out.soon": ["快到返回时间了。", "Your return time is near."],
});
