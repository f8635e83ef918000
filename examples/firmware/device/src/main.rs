//! A meter that sends its readings to Kafka, and is itself again after every power loss.
//!
//! No std, no allocator, no operating system: what it needs of memory stands in [`main`]. It is
//! told in `README.md` beside it; begin reading in [`device`].
#![no_std]
#![no_main]

mod areas;
mod board;
mod device;
mod flash;
mod meter;
mod modem;
#[path = "../../request.rs"]
#[expect(unreachable_pub, reason = "the other end of the wire reads it too")]
mod request;
mod trouble;

use core::panic::PanicInfo;

use cortex_m_rt::entry;
use cortex_m_semihosting::{debug, heprintln};

use crate::board::Board;
use crate::device::{BATCH_LEN, Buffers, RECORD_LEN};

#[entry]
fn main() -> ! {
    // The attribute makes these fields of the program, which only this function can reach.
    static mut BATCH: [u8; BATCH_LEN] = [0; BATCH_LEN];
    static mut RECORD: [u8; RECORD_LEN] = [0; RECORD_LEN];

    let board = Board::new();
    let Err(trouble) = device::run(&board, Buffers { batch: BATCH, record: RECORD });
    heprintln!("the device gives up: {}", trouble);
    // One in the field would begin anew here, as after a power loss.
    debug::exit(debug::EXIT_FAILURE);
    unreachable!("the emulator has ended")
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    heprintln!("{}", info);
    debug::exit(debug::EXIT_FAILURE);
    loop {}
}
