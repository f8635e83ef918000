//! What happens to the device: what it asks is answered, until the power fails or it rests.

use std::collections::VecDeque;
use std::path::Path;
use std::{fmt, io};

use fastrand::Rng;
use fencepost::producer::Response;

use crate::chip::{Chip, Power};
use crate::cluster::{Cluster, Violation};
use crate::emulator::{Device, Request};
use crate::meter;
use crate::request::{
    DESCRIBE, DONE, ERASE, INIT, MEASURE, PRODUCE, PROGRAM, READ, RECEIVE, SLEEP,
};

/// Milliseconds that anything takes.
const STEP_MS: i64 = 3;
/// Milliseconds without an answer after which the modem gives up.
const REQUEST_TIMEOUT_MS: i64 = 1_000;

/// Everything that outlives a power loss, and what goes wrong.
#[derive(Debug)]
pub struct World {
    /// The flash chip.
    pub chip: Chip,
    /// The broker.
    pub cluster: Cluster,
    now: i64,
    /// Readings from this one on are not taken any more.
    closed: Option<u32>,
    random: Rng,
    /// What the modem has not given the device yet; `None` for an answer that never comes.
    answers: VecDeque<Option<Vec<u8>>>,
    /// Of a hundred answers so many are lost; as many requests; as many times the broker restarts.
    pub faults: u8,
}

/// How a life ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The power was lost during the operation of that number and kind.
    PowerLost(u32, Cut),
    /// The device has nothing left to send.
    Rest,
}

/// Where the power was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// While the flash was programmed.
    Program,
    /// While it was erased.
    Erase,
    /// Before a request reached the broker.
    Unsent,
    /// After the broker did what it was asked, before the answer came.
    Unanswered,
}

/// The device did what it must not, or can't go on.
#[derive(Debug)]
pub enum Failure {
    /// The log shows it.
    Violation(Violation),
    /// The chip refused a command: the word it gave, and the command's kind.
    Chip(u8, u8),
    /// The device asked what nobody understands.
    Nonsense(Request),
    /// The emulator, or the device in it, has ended.
    Io(io::Error),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Violation(violation) => violation.fmt(f),
            Self::Chip(word, kind) => {
                write!(f, "the chip refused a command ({}) with {word}", char::from(*kind))
            }
            Self::Nonsense(request) => write!(f, "not understood: {request:?}"),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Failure {}

impl From<Violation> for Failure {
    fn from(violation: Violation) -> Self {
        Self::Violation(violation)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl World {
    /// A device that was never switched on.
    #[must_use]
    pub fn new(seed: u64, faults: u8) -> Self {
        Self {
            chip: Chip::default(),
            cluster: Cluster::default(),
            now: meter::BEGIN,
            closed: None,
            random: Rng::with_seed(seed),
            answers: VecDeque::new(),
            faults,
        }
    }

    /// Takes no more readings than until now, so that the device can come to rest.
    pub fn close_the_meter(&mut self) {
        self.closed = Some(self.taken());
    }

    /// Readings that were taken.
    #[must_use]
    pub fn taken(&self) -> u32 {
        let taken = (self.now - meter::BEGIN) / meter::EVERY + 1;
        self.closed.unwrap_or_else(|| u32::try_from(taken).unwrap_or(u32::MAX))
    }

    /// The world's chance.
    pub fn random(&mut self) -> &mut Rng {
        &mut self.random
    }

    /// Switches the device on, and off during its `cut`-th operation that changes something; `None`
    /// waits until it rests.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn live(&mut self, image: &Path, cut: Option<u32>) -> Result<End, Failure> {
        let mut device = Device::start(image)?;
        self.answers.clear();
        let mut operations = 0;
        loop {
            let request = device.request()?;
            let counts =
                matches!(request.kind, PROGRAM | ERASE | INIT | PRODUCE | RECEIVE | DESCRIBE);
            operations += u32::from(counts);
            if counts && Some(operations) == cut {
                drop(device);
                return Ok(End::PowerLost(operations, self.lose_power(&request)?));
            }
            if request.kind == SLEEP && self.rests(&request) {
                return Ok(End::Rest);
            }
            let answer = self.answer(&request)?;
            device.answer(&answer)?;
        }
    }

    /// It sleeps, and everything that was read is on the log.
    fn rests(&self, request: &Request) -> bool {
        let until = request.body.first_chunk().map_or(0, |until| i64::from_be_bytes(*until));
        until > self.now && self.closed == Some(self.cluster.readings())
    }

    /// As much of a request as is done when the power fails.
    fn lose_power(&mut self, request: &Request) -> Result<Cut, Failure> {
        let mut random = self.random.fork();
        match request.kind {
            PROGRAM | ERASE => {
                self.flash(request, Power::Fails(&mut random))?;
                Ok(if request.kind == PROGRAM { Cut::Program } else { Cut::Erase })
            }
            RECEIVE => Ok(Cut::Unanswered),
            _ if random.bool() => Ok(Cut::Unsent),
            _ => {
                self.broker(request)?;
                Ok(Cut::Unanswered)
            }
        }
    }

    fn answer(&mut self, request: &Request) -> Result<Vec<u8>, Failure> {
        self.now += STEP_MS;
        let mut body = &request.body[..];
        match request.kind {
            PROGRAM | ERASE => self.flash(request, Power::Stays).map(|()| vec![DONE]),
            READ => {
                let (address, len) = (number(&mut body), number(&mut body));
                let bytes = address.zip(len).and_then(|(address, len)| {
                    self.chip.read(u32::from_be_bytes(address), u16::from_be_bytes(len))
                });
                bytes.map(<[u8]>::to_vec).ok_or_else(|| nonsense(request))
            }
            MEASURE => {
                let first = number(&mut body).map(u32::from_be_bytes);
                let (Some(first), &[wanted]) = (first, body) else { return Err(nonsense(request)) };
                let behind = first.saturating_add(wanted.into()).min(self.taken());
                let reading = |number| {
                    let value = meter::value(number).to_be_bytes();
                    [&value[..], &meter::taken(number).to_be_bytes()].concat()
                };
                Ok((first..behind).flat_map(reading).collect())
            }
            SLEEP => {
                let until = number(&mut body).map(i64::from_be_bytes);
                self.now = self.now.max(until.ok_or_else(|| nonsense(request))?);
                Ok(self.now.to_be_bytes().to_vec())
            }
            RECEIVE => {
                let answer = self.answers.pop_front().ok_or_else(|| nonsense(request))?;
                Ok(self.wait_for(answer))
            }
            PRODUCE => {
                let answer = self.send(request)?;
                self.answers.push_back(answer);
                Ok(Vec::new())
            }
            _ => {
                let answer = self.send(request)?;
                Ok(self.wait_for(answer))
            }
        }
    }

    /// A request goes to the broker, and the answer comes back, unless one of them is lost.
    fn send(&mut self, request: &Request) -> Result<Option<Vec<u8>>, Failure> {
        if self.chance() {
            self.cluster.restart(self.now);
        }
        let (request_lost, answer_lost) = (self.chance(), self.chance());
        if request_lost {
            return Ok(None);
        }
        let answer = self.broker(request)?;
        Ok(Some(answer).filter(|_| !answer_lost))
    }

    fn wait_for(&mut self, answer: Option<Vec<u8>>) -> Vec<u8> {
        if answer.is_none() {
            self.now += REQUEST_TIMEOUT_MS;
        }
        answer.unwrap_or_default()
    }

    fn chance(&mut self) -> bool {
        self.random.u8(..100) < self.faults
    }

    fn flash(&mut self, request: &Request, power: Power<'_>) -> Result<(), Failure> {
        let mut body = &request.body[..];
        let from = number(&mut body).map(u32::from_be_bytes).ok_or_else(|| nonsense(request))?;
        let word = if request.kind == PROGRAM {
            self.chip.program(from, body, power)
        } else {
            let to = number(&mut body).map(u32::from_be_bytes).ok_or_else(|| nonsense(request))?;
            self.chip.erase(from, to, power)
        };
        if word == DONE { Ok(()) } else { Err(Failure::Chip(word, request.kind)) }
    }

    /// What the broker answers.
    fn broker(&mut self, request: &Request) -> Result<Vec<u8>, Failure> {
        match request.kind {
            INIT => {
                let (id, epoch) = self.cluster.init_producer_id();
                Ok([&id.to_be_bytes()[..], &epoch.to_be_bytes()].concat())
            }
            PRODUCE => {
                let mut batch = request.body.clone();
                let Response { code, base_offset, log_append_time, log_start_offset } =
                    self.cluster.produce(&mut batch, self.now)?;
                let offsets = [base_offset, log_append_time, log_start_offset];
                let offsets = offsets.map(i64::to_be_bytes);
                Ok([&code.get().to_be_bytes()[..], offsets.as_flattened()].concat())
            }
            DESCRIBE => {
                let id = number(&mut &request.body[..]).map(i64::from_be_bytes);
                let known = self.cluster.describe(id.ok_or_else(|| nonsense(request))?);
                Ok(known.map_or_else(
                    || vec![0; 9],
                    |(epoch, last)| [epoch.to_be_bytes(), last.to_be_bytes()].concat(),
                ))
            }
            _ => Err(nonsense(request)),
        }
    }
}

fn number<const N: usize>(body: &mut &[u8]) -> Option<[u8; N]> {
    let (number, rest) = body.split_first_chunk()?;
    *body = rest;
    Some(*number)
}

fn nonsense(request: &Request) -> Failure {
    Failure::Nonsense(Request { kind: request.kind, body: request.body.clone() })
}
