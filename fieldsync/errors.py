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
    "no-value": ("请填写内容", "A value is required"),
    "empty": ("没有要更改的内容", "There is nothing to change"),
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
            body["detail"] = REASONS.get(self.reason, (self.reason, self.reason))[column]
        return body | self.members
