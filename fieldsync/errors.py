"""Everything that can go wrong for a caller, as problems of RFC 9457 with stable types."""

from typing import Any

# name: status, Chinese title, English title
PROBLEMS: dict[str, tuple[int, str, str]] = {
    "bad-json": (400, "请求内容不是有效的 JSON", "The request is not valid JSON"),
    "bad-path": (400, "字段名不符合规定", "A field name is not well formed"),
    "bad-value": (400, "内容不符合规定", "A value is not acceptable"),
    "not-signed-in": (401, "请先登录", "Sign in first"),
    "device-revoked": (401, "此设备已被停用", "This device has been revoked"),
    "not-allowed": (403, "您没有这项权限", "You may not do this"),
    "not-found": (404, "没有找到", "Not found"),
    "no-such-method": (405, "这个地址不支持此请求方法", "This address does not take this method"),
    "op-id-reuse": (409, "同一操作编号已用于其他内容", "This operation id was used for other content"),
    "id-taken": (409, "此编号已属于另一类记录", "This id belongs to a record of another kind"),
    "wrong-state": (409, "当前状态下不能这样做", "The present state does not allow this"),
    "offset-mismatch": (409, "上传位置不一致", "The upload stands at another offset"),
    "gone": (410, "此上传已不存在", "This upload is gone"),
    "bad-version": (412, "不支持这个上传协议版本", "This version of the upload protocol is not spoken here"),
    "precondition-failed": (412, "记录已被他人更改，请刷新后再试", "The record has changed meanwhile"),
    "too-large": (413, "内容过大", "The content is too large"),
    "bad-type": (415, "不支持的内容类型", "The content type is not supported"),
    "bad-range": (416, "文件没有这一段", "The file has no such part"),
    "hash-mismatch": (422, "文件与所报校验值不符", "The file does not have the hash that was announced"),
    "bad-form": (422, "表单有误，请按所列单元格修改", "The form has mistakes: mend the cells that are listed"),
    "checksum-mismatch": (460, "这一段数据与校验值不符", "This piece does not have its checksum"),
    "precondition-required": (428, "缺少 If-Match 版本号", "If-Match is required"),
    "too-many": (429, "尝试次数过多，请稍后再试", "Too many attempts, try again later"),
    "server-error": (500, "服务器出错，已记录", "The server failed; this has been noted"),
    "busy": (503, "服务器正忙，请稍后再试", "The server is busy, try again shortly"),
}

# What exactly is wrong, in words; the code travels as `reason`.
REASONS: dict[str, tuple[str, str]] = {
    "nul": ("文字中含有空字符 (NUL)", "The text holds a NUL character"),
    "lone-surrogate": ("文字编码不完整", "The text holds half a character (lone surrogate)"),
    "not-finite": ("数字不是有限值", "The number is not finite"),
    "integer-range": ("数字超出范围", "The number is out of range"),
    "depth": ("内容嵌套过深", "The content is nested too deeply"),
    "key": ("对象的键名不符合规定", "A key of an object is not well formed"),
    "type": ("内容类型不对", "The value has the wrong type"),
    "paths": ("字段过多", "There are too many fields"),
    "operation": ("操作缺少必要内容或格式不对", "The operation lacks a part or is malformed"),
    "cell": ("没有这个县", "There is no such county"),
    "inactive": ("账号已停用", "The account is not active"),
    "credentials": ("用户名或密码不对", "The user name or the password is wrong"),
    "password": ("密码须为 8 到 256 个字符", "A password has 8 to 256 characters"),
    "login": ("此人还没有用户名", "This person has no user name yet"),
    "login-taken": ("此用户名已属于他人", "This user name belongs to somebody else"),
    "code": ("注册码无效或已使用", "The code is unknown, used or expired"),
    "device": ("需要在已注册的设备上登录", "This needs a session on an enrolled device"),
    "action": ("没有这个操作", "There is no such action"),
    "desk-only": ("此操作须在县级控制台办理", "This is done at the county's desk only"),
    "claimed": (
        "他人正在审核此记录；需要时请先接手",
        "Somebody else is reviewing it: take it over first, if need be",
    ),
    "not-harmless": ("有疑点，须逐条审核", "Something speaks against it: review it by itself"),
    "nothing-chosen": ("请先勾选", "Choose something first"),
    "correction": ("请至少更正一项，并填写有效的值", "Correct at least one field, with a value that it takes"),
    "own-record": ("不能审核自己的记录", "Nobody reviews his own record"),
    "open-conflict": ("仍有未处理的冲突，不能批准", "A conflict is open: settle it before it is approved"),
    "photos-pending": (
        "仍有照片未上传，不能批准",
        "Photos are still on their way: it cannot be approved yet",
    ),
    "reason": ("请填写理由", "A reason is required"),
    "date": ("日期须写成 2026-10-03 的样子", "A day is written like 2026-10-03"),
    "choice": ("没有这个选项", "There is no such choice"),
    "review-begun": ("审核已经开始，不能撤回", "Review has begun; it cannot be withdrawn"),
    "webhook-url": (
        "地址须为 http 或 https，不含用户名和密码",
        "An address of http or https is needed, without a user name",
    ),
    "limit": ("超过一次请求的上限", "The limit of one request is exceeded"),
    "encoding": ("压缩内容无法读取", "The compressed content cannot be read"),
    "hash": ("缺少文件的 SHA-256", "The SHA-256 of the file is missing"),
    "stale-form": (
        "页面已过期，请返回并重新打开后再提交",
        "This form is out of date: go back, open the page again and resubmit",
    ),
    "not-yet": ("此时或此版本还没有这条记录", "There was no such record at that time or revision"),
    "export": ("这不是手机导出的待发件", "This is not an exported outbox"),
    "export-person": ("本县没有导出文件所属的用户", "The export belongs to nobody of this county"),
    "form-kept": (
        "此版本已发布，内容不能再改；请提高版本号",
        "This version is published and never changes: raise the version number",
    ),
    "form-older": ("已有更新的版本，请提高版本号", "There is a newer version: raise the version number"),
    "frozen": (
        "同一期的表已固定；须先说明理由将其取代",
        "This table is frozen already: supersede that one first, with a reason",
    ),
    "no-value": ("请填写内容", "A value is required"),
    "plan-incomplete": (
        "巡查计划缺少必填内容，请补全事项、范围、周期、责任人、记录五项",
        "A part of the plan is missing: items, area, cycle, responsible persons, records kept",
    ),
    "plan-inactive": ("巡查计划尚未启用", "The plan is not active"),
    "cycle-too-long": ("巡查周期不能长于县里的规定", "The cycle is longer than the county's"),
    "period": ("起止日期不对，一次最多 62 天", "The period is none, or longer than 62 days"),
    "nobody": ("计划的责任人当日都不在岗", "None of the plan's persons is at work then"),
    "not-overdue": ("此任务还没有逾期", "The task is not overdue"),
    "empty": ("没有要更改的内容", "There is nothing to change"),
    "no-verifier": (
        "须指定一名在岗的核实人，本乡镇或县级均可",
        "Name who verifies it: somebody of the township or of the county",
    ),
    "no-verify-day": ("须填写核实期限，不早于今天", "Say by which day it is verified, not before today"),
    "no-located-photo": (
        "须先有一次巡查，并附一张有定位的照片",
        "An inspection with at least one located photo is needed first",
    ),
    "dossier-incomplete": ("档案必填内容不全", "The dossier lacks required values"),
    "unsigned": (
        "建档人、监管人、责任人尚未全部签字",
        "Filing officer, supervisor and responsible person have not all signed",
    ),
    "signed-older": (
        "签字之后档案内容有更改，须重新签字",
        "What was signed has changed since: it must be signed again",
    ),
    "no-case": ("须先立案，或填写非立案处理理由", "A case is needed, or the reason for handling without one"),
    "no-closure-decision": (
        "须先填写关闭决定的文号和日期",
        "Number and date of the closure decision are needed first",
    ),
    "closure-decision-old": (
        "关闭决定早于最近一次复燃，须有新的关闭决定",
        "The closure decision is older than the last relapse: a new one is needed",
    ),
    "no-closure": ("还没有关闭检查表", "There is no closure checklist yet"),
    "closure-open": ("本轮已有关闭检查表", "This round has its closure checklist already"),
    "closure-concluded": ("验收已合格，检查表不能再改", "It was accepted: the checklist does not change any more"),
    "item-open": ("关闭检查表有必查项未填", "Mandatory items of the closure checklist are not filled in"),
    "item-na-reason": ("不适用的检查项须写明理由", "An item that does not apply needs a reason"),
    "item-failed": ("有检查项不合格", "An item of the checklist failed"),
    "no-failed-item": ("没有不合格的检查项", "No item of the checklist failed"),
    "opening-photos": (
        "每个硐口都须有关闭前、关闭后照片",
        "Every opening needs a photo from before and one from after",
    ),
    "rectification-open": ("还有整改事项未完成", "Rectifications are not finished yet"),
    "not-accepted": ("尚未验收合格", "It has not passed acceptance yet"),
    "not-failed": ("须先作出不合格的验收结论", "Acceptance must have been concluded as failed"),
    "team": ("验收组的部门数不够", "The acceptance team has too few departments"),
    "no-acceptance-date": ("没有验收日期", "There is no day of acceptance"),
    "writeoff-years": ("验收后的年限未满，不能申请销号", "Too few years have passed since acceptance"),
    "relapse-pending": ("有复燃报告等待认定", "A reported relapse waits to be confirmed"),
    "not-restored": (
        "生态恢复尚未验收，也未认定自然恢复",
        "Restoration is neither accepted nor recognised as natural",
    ),
    "integration-open": ("资源整合没有结果", "Integration has no result yet"),
    "no-endorsement": ("县级尚未审核销号", "The county has not endorsed the write-off"),
    "no-city": (
        "缺市级销号确认(确认人、日期、文号)",
        "The city's confirmation is missing (name, day, document)",
    ),
    "city-before-county": ("市级确认不能早于县级审核", "The city cannot confirm before the county has endorsed"),
    "no-licence": ("没有涉及的采矿权", "No licence is noted"),
    "override": ("只有县级可以破例放行", "Only the county may override"),
    "survivor": ("请选择另一个有效的档案", "Choose another dossier that is in force"),
    "merged": ("已并入其他档案", "It was merged into another dossier"),
    "revision": ("档案没有这个版本", "The dossier never had this revision"),
    "signer-role": ("您的岗位不能签这一栏", "Your post may not sign here"),
    "same-signer": ("监管人不能与建档人为同一人", "The supervisor cannot be the filing officer"),
    "checklist-empty": ("检查表没有检查项", "The checklist has no items"),
    "handover-person": ("请选择另一位在岗人员", "Choose another person, one who is active"),
    "handover-town": ("此人在该乡镇没有岗位", "This person has no role in that township"),
    "number": ("请填写数字", "A number is needed"),
    "future": ("日期不能晚于今天", "The day cannot be in the future"),
}


class Problem(Exception):
    """A problem of the catalogue: `name`, an optional `reason` of the catalogue, extra members."""

    def __init__(self, name: str, reason: str = "", **members: Any):
        super().__init__(f"{name}: {reason}" if reason else name)
        self.name, self.reason, self.members = name, reason, members

    @property
    def status(self) -> int:
        """The HTTP status of this problem."""
        return PROBLEMS[self.name][0]

    def as_json(self, language: str = "zh") -> dict[str, Any]:
        """Return the members of RFC 9457 in Chinese (`zh…`) or English."""
        column = 0 if language.startswith("zh") else 1
        status, *titles = PROBLEMS[self.name]
        body = {"type": f"/problems/{self.name}", "title": titles[column], "status": status}
        if self.reason:
            body["reason"] = self.reason
            # Several things can be missing at once: `also` has the codes of the others.
            codes = [self.reason, *self.members.get("also", ())]
            said = [REASONS.get(code, (code, code))[column] for code in codes]
            body["detail"] = ("；" if column == 0 else "; ").join(said)
        return body | self.members
