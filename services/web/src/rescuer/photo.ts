/** A photo made small enough on the phone, drawn anew: what its file said of the place is gone. */

/** What the register takes (2 MiB), with room. */
export const MOST_BYTES = 2_000_000;
/** The longest side, pixels: a certificate is legible, and one try is mostly enough. Our choice. */
const SIDES = [2000, 1600, 1200, 900] as const;
const QUALITIES = [0.85, 0.7] as const;

export interface Photo {
  readonly base64: string;
  readonly bytes: number;
  /** For showing it. */
  readonly url: string;
}

/** The size that fits into `side`, never larger than it is. */
export function fit(width: number, height: number, side: number): [number, number] {
  const scale = Math.min(1, side / Math.max(width, height));
  return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
}

/** Throws where the file is no picture that this browser reads. */
export async function shrink(file: Blob): Promise<Photo> {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  try {
    for (const side of SIDES) {
      const [width, height] = fit(picture.width, picture.height, side);
      const canvas = document.createElement("canvas");
      canvas.width = width;
      canvas.height = height;
      const drawing = canvas.getContext("2d");
      if (!drawing) throw new Error("no canvas");
      drawing.fillStyle = "#ffffff";
      drawing.fillRect(0, 0, width, height);
      drawing.drawImage(picture, 0, 0, width, height);
      for (const quality of QUALITIES) {
        const made = await new Promise<Blob | null>((done) =>
          canvas.toBlob(done, "image/jpeg", quality),
        );
        if (made && made.size <= MOST_BYTES) {
          return { base64: await base64Of(made), bytes: made.size, url: URL.createObjectURL(made) };
        }
      }
    }
    throw new Error("too large");
  } finally {
    picture.close();
  }
}

async function base64Of(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = "";
  // In parts: the arguments of a call are limited.
  for (let at = 0; at < bytes.length; at += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  return btoa(text);
}
