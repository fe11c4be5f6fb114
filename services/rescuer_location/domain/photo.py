"""A photo of a certificate, made harmless: really an image, no larger than needed, nothing else.

What comes in is decoded and written anew. That drops whatever was hidden beside the picture, and
the place where a phone says that it was taken, which is mostly somebody's home.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
import warnings
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from shared.http.errors import MendableError

MOST_BYTES: Final = 2 * 1_048_576
MOST_CHARACTERS: Final = MOST_BYTES * 4 // 3 + 64
"""The same in base64, with what a ``data:`` address has before it."""
MOST_PIXELS: Final = 40_000_000
"""A phone's camera has 12 to 50 million; a few kilobytes can claim to be thousands of millions."""
LONGEST_SIDE: Final = 2_000
"""Pixels; the small print of a certificate can be read."""
MEDIA_TYPE: Final = "image/jpeg"
_FORMATS: Final = ("JPEG", "PNG", "WEBP")
_DATA_ADDRESS: Final = re.compile(r"^data:image/(?:jpeg|png|webp);base64,")


def clean_photo(sent: str) -> bytes:
    """The photo as JPEG, from base64 or a ``data:`` address with a JPEG, PNG or WebP in it.

    Takes up to a second of a core: call it in a thread. Raises :class:`MendableError` when it is
    too large, not base64, or no such image.
    """
    try:
        raw = base64.b64decode(_DATA_ADDRESS.sub("", sent, count=1), validate=True)
    except (binascii.Error, ValueError) as error:
        raise MendableError("is not base64", "send the bytes of the image in base64") from error
    if len(raw) > MOST_BYTES:
        raise MendableError("is larger than 2 MiB", "send a smaller photo")
    no_image = MendableError("is not an image", "send a JPEG, PNG or WebP photo")
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(raw), formats=_FORMATS) as image:
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            if image.width * image.height > MOST_PIXELS:
                raise MendableError(
                    "has more than 40 million pixels", "send a smaller photo of the certificate"
                )
            upright = ImageOps.exif_transpose(image).convert("RGB")
            upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            written = io.BytesIO()
            # Without exif=, icc_profile= and comment=: nothing but the picture.
            upright.info.clear()
            upright.save(written, "JPEG", quality=85)
            return written.getvalue()
    except MendableError:
        raise
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Warning) as error:
        raise no_image from error
    except Image.DecompressionBombError as error:
        raise no_image from error
