use fencepost::window::BatchMetadata;

use crate::types::Window;

/// `window::Window::iter`
pub(crate) fn iter(window: &Window, see: fn(BatchMetadata)) {
    super::walk(window.iter(), see);
}
