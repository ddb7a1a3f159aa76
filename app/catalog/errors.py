"""What the catalogue refuses. Each has its own ``type`` in the problem document."""

from __future__ import annotations

from app.core.errors import (
    BadRequest,
    Conflict,
    PayloadTooLarge,
    Unprocessable,
    UnsupportedMediaType,
)


class FileNameInvalid(BadRequest):
    """A name that is a path, is empty, or holds control characters."""

    slug = "file-name-invalid"
    title = "That is not a plain file name"


class DigestMalformed(BadRequest):
    """A ``Content-Digest`` or ``Repr-Digest`` field that RFC 9530 does not allow."""

    slug = "digest-malformed"
    title = "The digest field cannot be read"


class DigestMismatch(BadRequest):
    """The bytes that arrived are not the bytes that were announced."""

    slug = "digest-mismatch"
    title = "The bytes differ from their announced digest"


class UploadCutShort(BadRequest):
    """Fewer or more bytes arrived than ``Content-Length`` said."""

    slug = "upload-cut-short"
    title = "The upload did not arrive whole"


class FileEmpty(Unprocessable):
    """An upload without a byte."""

    slug = "file-empty"
    title = "The file is empty"


class FileTruncated(Unprocessable):
    """The file's own header promises more bytes than there are."""

    slug = "file-truncated"
    title = "The file is cut short"


class UnknownFileKind(UnsupportedMediaType):
    """Neither audio nor a score that we take, judged by its bytes."""

    slug = "unknown-file-kind"
    title = "This is neither audio nor a score that we take"


class FileMislabelled(UnsupportedMediaType):
    """The name claims one kind of file, the bytes are another."""

    slug = "file-mislabelled"
    title = "The file is not what its name says"


class RoleMismatch(Unprocessable):
    """A score sent as a mix or stem, or audio sent as a score."""

    slug = "role-mismatch"
    title = "This kind of file cannot have that role"


class TrackNotOpen(Conflict):
    """The track's files are bound by a signed statement and cannot change any more."""

    slug = "track-not-open"
    title = "The track's files can no longer change"


class CredentialsInside(Conflict):
    """A file with Content Credentials of its own takes none beside it."""

    slug = "credentials-inside"
    title = "This file carries its Content Credentials itself"


class AssetReplaced(Conflict):
    """Another upload took the file's place meanwhile."""

    slug = "asset-replaced"
    title = "The file was replaced meanwhile"


class MixPresent(Conflict):
    """A track has exactly one mix."""

    slug = "mix-present"
    title = "The track has a mix already"


class MixMissing(Conflict):
    """A track without a mix cannot be submitted."""

    slug = "mix-missing"
    title = "The track has no mix yet"


class TrackFull(PayloadTooLarge):
    """More files, or more bytes in all, than one track may have."""

    slug = "track-full"
    title = "The track holds as much as a track may hold"


class DuplicateRecording(Conflict):
    """The same bytes are in another seller's track."""

    slug = "duplicate-recording"
    title = "This very recording is in another seller's track"


class ParentNotAvailable(Unprocessable):
    """A track cannot be derived from one that its creator may not see."""

    slug = "parent-not-available"
    title = "The parent track is not available"


class NotImportable(Unprocessable):
    """An export that cannot become a track here."""

    slug = "not-importable"
    title = "This export cannot be taken in"
