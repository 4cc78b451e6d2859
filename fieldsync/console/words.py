"""Words that the pages say for the codes of the engine: sides, owners, verbs, issues, flags."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _

SIDES = {"township": _("township"), "county": _("county"), "server": _("system")}

# Who owns a field, and so why a value waits (sync.md section 4).
POLICIES = {
    "server": _("kept by the system"),
    "once": _("written once, when the record is made"),
    "county": _("owned by the county"),
    "township": _("owned by the township"),
    "confirm": _("the township's until the county has confirmed it"),
    "review": _("filled in jointly by county and township"),
    "add": _("tag: present wins over absent"),
}

CANDIDATES = {
    "proposed": _("proposal: its author's side does not own this field"),
    "conflict": _("conflict: its author had not seen the current value"),
}

VERBS = {
    "create": _("create"),
    "edit": _("edit"),
    "void": _("void"),
    "move": _("move to another township"),
    "transit": _("change of status"),
    "take": _("download"),
    "finish": _("finish"),
    "activate": _("put in force"),
    "generate": _("make tasks"),
    "after_rain": _("make tasks after rain"),
    "explain": _("state the reason"),
    "decide": _("decide"),
    "cancel": _("cancel"),
    "begin": _("set out"),
    "end": _("come back"),
    "erase": _("delete the points"),
    "import": _("bring in exported work"),
    "submit": _("submit"),
    "withdraw": _("withdraw"),
    "resubmit": _("resubmit"),
    "begin_review": _("begin review"),
    "release": _("give back"),
    "take_over": _("take over"),
    "correct": _("correct for the county"),
    "reopen": _("undo the approval"),
    "approve": _("approve"),
    "return": _("return"),
    "archive": _("archive"),
    "add": _("add"),
    "drop": _("drop"),
    "view": _("view"),
    "arrive": _("arrival of the file"),
    "make": _("apply"),
    "grant": _("grant"),
    "refuse": _("refuse"),
    "resolve": _("settle"),
    "admit": _("admit"),
    "force": _("force"),
    "close": _("close"),
    "learn": _("apply after an upgrade"),
    "reassign": _("reassign"),
    "hand_over": _("hand a township over"),
    "deactivate": _("deactivate"),
    "enrol": _("enrol"),
    "revoke": _("revoke"),
    "sign": _("sign"),
    "publish": _("publish"),
    "endorse": _("endorse the write-off"),
    "merge": _("merge"),
    "conclude": _("conclude the acceptance"),
    "recheck": _("re-check"),
    "load": _("load"),
    "freeze": _("freeze"),
    "supersede": _("supersede"),
}

# What became of an operation (sync.md section 3).
OUTCOMES = {
    "applied": _("applied"),
    "merged": _("applied in part, the rest kept as proposals"),
    "conflict": _("kept as a conflict"),
    "rejected": _("refused"),
    "held": _("still held"),
    "closed": _("closed"),
}

DECISIONS = {"current": _("the current value was kept"), "value": _("a value was written")}

ISSUES = {
    "not-text": _("is not text"),
    "too-long": _("is too long"),
    "not-number": _("is not a number"),
    "not-integer": _("is not a whole number"),
    "out-of-range": _("is out of range"),
    "not-boolean": _("is neither yes nor no"),
    "not-marker": _("is not a tag"),
    "not-a-choice": _("is not on the list"),
    "not-a-date": _("is not a date"),
    "not-a-time": _("is not a time"),
    "no-time-zone": _("lacks its time zone"),
    "not-a-code": _("is not a code"),
    "not-a-reference": _("does not refer to a record"),
    "not-a-hash": _("is not a SHA-256"),
    "not-a-township": _("is not a township code"),
    "not-an-id-number": _("is not a valid id number"),
    "decided-before-filing": _("decided before it was filed"),
    "closed-before-filing": _("closed before it was filed"),
    "paid-too-much": _("more was paid than was decided, surcharge included"),
    "not-paid": _("closed as carried out, but not all of it is paid"),
    "conditions": _("filed without all five conditions"),
    "two-officers": _("filed with fewer than two officers"),
    "own-approval": _("approved by an officer of the case"),
    "before-the-law": _("government discipline exists since 1 July 2020"),
    "issued-before-application": _("issued before it was applied for"),
    "confirmed-before-found": _("confirmed before it was found"),
    "required": _("is missing"),
    "unknown-path": _("is unknown to this server"),
}

# Paths that every noun has and none declares.
RESERVED = {
    "created_by": _("Created by"),
    "voided_at": _("Voided at"),
    "voided_by": _("Voided by"),
    "void_reason": _("Reason of voiding"),
    "restored_at": _("Restored at"),
    "device_id": _("Device"),
    "form": _("Form"),
    "salt": _("Salt"),
}

UNITS = {"台": _("pcs"), "人": _("persons"), "天": _("days"), "元": _("yuan")}

VERDICTS = {
    "valid": _("seal intact"),
    "absent": _("not sealed"),
    "no_key": _("sealed, but the device's key is not known"),
    "invalid": _("the seal is broken"),
    "other_file": _("the seal belongs to another file"),
}

POSITIONS = {"exif": _("EXIF"), "xmp": _("XMP")}

FLAGS: Mapping[str, Any] = {
    "accuracy_poor": _("position is inaccurate"),
    "bad_date": _("date cannot be read"),
    "bad_gps_date": _("date of the fix cannot be read"),
    "clock_skew": _("clocks of camera and phone disagree"),
    "container_damaged": _("file structure is damaged"),
    "datum_suspect": _("offset looks like GCJ-02 coordinates"),
    "decoder_died": _("file could not be decoded"),
    "decoder_timeout": _("decoding took too long"),
    "device_vs_site": _("phone was far from the site"),
    "edited": _("edited with image software"),
    "empty_file": _("file is empty"),
    "exif_blocks": _("several EXIF blocks"),
    "exif_damaged": _("EXIF is damaged"),
    "exif_disagree": _("two readings of the EXIF disagree"),
    "exif_vs_device": _("photo and phone name different places"),
    "exif_vs_site": _("photo was taken far from the site"),
    "gps_bad_number": _("coordinate is not a number"),
    "gps_damaged": _("position data is damaged"),
    "gps_half": _("half a position"),
    "gps_missing": _("no position in the photo"),
    "gps_missing_ref": _("hemisphere is missing"),
    "gps_null_island": _("position is 0, 0"),
    "gps_out_of_range": _("position is not on the globe"),
    "gps_redacted": _("position was removed from the photo"),
    "gps_sign_conflict": _("sign and hemisphere contradict each other"),
    "gps_week_rollover": _("date of the fix is off by a GPS rollover"),
    "metadata_compressed": _("compressed metadata"),
    "not_an_image": _("not an image"),
    "preview_unusable": _("the phone's preview could not be used"),
    "preview_unwritten": _("preview could not be stored"),
    "reader_failed": _("metadata could not be read"),
    "screenshot": _("screenshot"),
    "stale_fix": _("fix is older than the photo"),
    "text_damaged": _("text block is damaged"),
    "text_too_large": _("text block is too large"),
    "too_large": _("file is too large"),
    "too_many_pixels": _("too many pixels"),
    "too_many_scans": _("too many scans"),
    "tz_assumed": _("no time zone, +08:00 assumed"),
    "tz_conflict": _("time zones contradict each other"),
    "unreadable_file": _("file cannot be read"),
    "unreadable_pixels": _("pixels cannot be read"),
    "unsupported_format": _("format is not supported"),
    "walk_limit": _("file structure is too deep"),
    "xmp_damaged": _("XMP is damaged"),
    "xmp_disagree": _("EXIF and XMP disagree"),
    "xmp_refused": _("XMP was refused"),
    "xmp_skipped": _("XMP is too large"),
}


def word(words: Mapping[str, Any], code: Any) -> str:
    """Return the word for a code, or the code itself where there is none."""
    return str(words.get(code, code if code is not None else ""))
