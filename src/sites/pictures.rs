//! Whether a file is a picture that we serve, how large it is, and its small form for phones.

use std::io::Cursor;

use image::{GenericImageView, ImageFormat, ImageReader, Limits};
use sha2::{Digest, Sha256};

/// A picture of a site's page; a camera's own file must be made smaller first.
pub const FILE_BYTES_MAX: usize = 4 << 20;
/// Sides and memory that a decoder may take: 40 megapixels would be 160 MB on a box of 256.
const SIDE_MAX: u32 = 6000;
const DECODED_BYTES_MAX: u64 = 64 << 20;

#[derive(Debug, PartialEq, Eq)]
pub struct Good {
    /// The first 32 hex digits of the SHA-256, a dot, the extension.
    pub file: String,
    pub extension: &'static str,
    pub width: u32,
    pub height: u32,
}

/// Decodes the whole file once: what is broken is refused now, not when a visitor looks.
pub fn check(bytes: &[u8]) -> Result<Good, String> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(format!("{} KiB, at most {} KiB", bytes.len() / 1024, FILE_BYTES_MAX / 1024));
    }
    let (format, picture) = decode(bytes)?;
    let extension = match format {
        ImageFormat::Png => "png",
        ImageFormat::Jpeg => "jpg",
        ImageFormat::Gif => "gif",
        ImageFormat::WebP => "webp",
        _ => return Err("not a PNG, JPEG, GIF or WebP picture".to_owned()),
    };
    let (width, height) = picture.dimensions();
    let hash = Sha256::digest(bytes);
    let hex: String = hash[..16].iter().map(|b| format!("{b:02x}")).collect();
    Ok(Good { file: format!("{hex}.{extension}"), extension, width, height })
}

/// The picture at most `width` pixels wide, as a JPEG.
pub fn small(bytes: &[u8], width: u32) -> Result<Vec<u8>, String> {
    let (_, picture) = decode(bytes)?;
    let small = picture.thumbnail(width, width * 2);
    let mut out = Cursor::new(Vec::new());
    // JPEG: every phone with colours reads it, and a photograph stays small.
    small.to_rgb8().write_to(&mut out, ImageFormat::Jpeg).map_err(|e| e.to_string())?;
    Ok(out.into_inner())
}

fn decode(bytes: &[u8]) -> Result<(ImageFormat, image::DynamicImage), String> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|e| e.to_string())?;
    let format = reader.format().ok_or("not a PNG, JPEG, GIF or WebP picture")?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(DECODED_BYTES_MAX);
    reader.limits(limits);
    Ok((format, reader.decode().map_err(|e| e.to_string())?))
}
