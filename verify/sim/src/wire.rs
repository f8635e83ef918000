//! What becomes of a request and of its answer?

use fencepost::error_code::ErrorCode;
use fencepost::producer::{Answer, Described, Response};

use crate::piece::{Entry, Sending};
use crate::plan::Fault;
use crate::replica::Verdict;
use crate::world::{Event, Request, Waiting, World};

const TOO_LARGE: i16 = 10;

impl World<'_> {
    /// Puts a request on the connection to the leader that its client believes in.
    pub(crate) fn send(&mut self, actor: usize, sending: Sending) {
        let broker = self.actors[actor].meta[sending.partition].leader;
        self.note_stamp(&sending);
        self.note_first(actor, &sending);
        let epoch = sending.numbers.epoch;
        let this = &mut self.actors[actor];
        this.pending.insert(sending.token, (broker, sending.partition, epoch));
        this.epochs.insert(sending.partition, epoch);
        if this.fenced.get(&sending.partition).is_some_and(|fenced| *fenced < epoch) {
            self.bumped = Some((actor, sending.partition, epoch));
        }
        let lineage = self.actors[actor].lineage;
        if self.lineages[lineage].not_sent > 0 {
            self.lineages[lineage].not_sent -= 1;
            let when = self.after(5);
            self.answer_at(when, actor, broker, sending.token, Answer::NotSent);
            return;
        }
        if !self.up[broker] {
            let when = self.after(20);
            self.answer_at(when, actor, broker, sending.token, Answer::Disconnected);
            return;
        }
        // Nobody can be guarded against a wire that doubles what a broker may have forgotten.
        let shape = &self.plan.shape;
        let age = shape.age.max(self.now - sending.timestamp);
        let remembered = shape.expiration - age - shape.skew * 2;
        let doubles = shape.lifetime < remembered && self.may_double();
        // Nor is anything under way for as long as a round of the circle of sequences takes.
        let doubles = doubles && sending.piece.each == 1;
        let copy = self.lineages[lineage].copies.pop().filter(|_| doubles);
        let delay = self.after(12);
        let connection = &mut self.actors[actor].connections[broker];
        let arrives = delay.max(connection.last_arrival);
        connection.last_arrival = arrives;
        let request = Request {
            actor,
            broker,
            connection: connection.number,
            process: self.process[broker],
            sent_at: self.now,
            orphan: false,
            copy,
            freed: false,
            sending,
        };
        self.at(arrives, Event::Arrive(request));
        let times_out = self.now + self.plan.shape.request_timeout;
        self.at(times_out, Event::TimedOut { actor, token: sending.token });
    }

    /// The same numbers stand for the same records, whoever sends them, or for those that are a
    /// round of the circle of sequences away.
    fn note_stamp(&mut self, sending: &Sending) {
        let key = (sending.partition, sending.topic, sending.numbers);
        let piece = *self.stamps.entry(key).or_insert(sending.piece);
        let round = piece.each > sending.piece.each;
        let same = (piece.source, piece.first) == (sending.piece.source, sending.piece.first);
        if !same && !round {
            self.clashes.push((sending.partition, sending.numbers));
        }
    }

    fn answer_at(&mut self, when: i64, actor: usize, broker: usize, token: u64, answer: Answer) {
        let connection = self.actors[actor].connections[broker].number;
        self.at(when, Event::Answer { actor, broker, connection, token, answer });
    }

    /// A request comes to its broker.
    pub(crate) fn arrive(&mut self, request: Request) {
        let Request { actor, broker, .. } = request;
        let too_late = self.now > request.sent_at + self.plan.shape.lifetime;
        let dead = !self.up[broker] || (!request.orphan && request.process != self.process[broker]);
        if too_late || dead {
            self.release(&request);
            return;
        }
        let connection = &mut self.actors[actor].connections[broker];
        if !request.orphan && request.connection != connection.number {
            self.strand(request);
        } else if !request.orphan && connection.busy {
            connection.queue.push_back(request);
        } else {
            if !request.orphan {
                connection.busy = true;
                connection.owed.push_back((request.sending.token, None));
            }
            self.handle(request);
        }
    }

    /// One old batch makes a broker forget the producer, and a wire that doubles by itself what was
    /// answered can't be guarded against then.
    fn may_double(&self) -> bool {
        let aged = |fault: &(i64, Fault)| matches!(fault.1, Fault::OldRecords(..));
        !self.plan.faults.iter().any(aged)
    }

    /// Its connection is gone: it dies, or it lands, now or late. Not late is what sequences could
    /// come round to.
    pub(crate) fn strand(&mut self, request: Request) {
        let left = request.sent_at + self.plan.shape.lifetime - self.now;
        if request.sending.piece.each > 1 {
            return;
        }
        let orphan = Request { orphan: true, ..request };
        match self.random.below(3) {
            0 => {}
            1 => self.arrive(orphan),
            _ => {
                let when = self.now + self.random.below(left.max(1));
                self.at(when, Event::Arrive(orphan));
            }
        }
    }

    /// The broker takes the next request of the connection.
    pub(crate) fn release(&mut self, request: &Request) {
        let connection = &mut self.actors[request.actor].connections[request.broker];
        if request.orphan || request.freed || request.connection != connection.number {
            return;
        }
        connection.busy = false;
        if let Some(next) = connection.queue.pop_front() {
            self.at(self.now, Event::Arrive(next));
        }
    }

    /// Refused before anything was looked at?
    fn refusal(&mut self, request: &Request) -> Option<i16> {
        let Sending { partition, topic, piece, .. } = request.sending;
        let too_few = self.min_in_sync();
        let calm = self.is_calm();
        let now = self.now;
        let trouble = &mut self.troubles[partition];
        if calm {
            *trouble = crate::world::Trouble::default();
        }
        if let Some((code, left)) = trouble.refuse.last_mut() {
            let code = *code;
            *left -= 1;
            if *left == 0 {
                trouble.refuse.pop();
            }
            return Some(code);
        }
        let replica = &self.topics[partition].replicas[request.broker];
        if replica.belief.leader != request.broker {
            return Some(ErrorCode::NOT_LEADER_OR_FOLLOWER.get());
        }
        if topic != self.topics[partition].number {
            return Some(ErrorCode::UNKNOWN_TOPIC_ID.get());
        }
        if trouble.limit.is_some_and(|(most, until)| piece.records > most && now < until) {
            return Some(TOO_LARGE);
        }
        let members = replica.belief.in_sync.iter().filter(|member| **member).count();
        (members < too_few).then_some(ErrorCode::NOT_ENOUGH_REPLICAS.get())
    }

    fn handle(&mut self, request: Request) {
        let Request { broker, sending, .. } = request;
        let partition = sending.partition;
        if let Some(code) = self.refusal(&request) {
            self.story_of(&request, || format!("refused with {code}"));
            self.reply(request, Answer::Response(Response::error(ErrorCode::new(code))));
            return;
        }
        self.next_append += 1;
        let clock = self.clock(broker);
        let log_append_time = self.plan.shape.log_append_time;
        let entry = Entry {
            append: self.next_append,
            offset: 0,
            timestamp: sending.timestamp,
            numbers: sending.numbers,
            piece: sending.piece,
        };
        let stamped = if log_append_time { clock } else { sending.timestamp };
        let again = self.comes_again(&request);
        let replica = &mut self.topics[partition].replicas[broker];
        let verdict = match self.plan.shape.writes(broker) {
            0 => replica.produce(entry, stamped, clock),
            _ => replica.begin(entry, stamped, clock),
        };
        if again && matches!(verdict, Verdict::Appended(_) | Verdict::Begun(..)) {
            self.note_again(&request);
        }
        let (base_offset, append_time) = match verdict {
            Verdict::Refused(code) => {
                self.story_of(&request, || format!("refused with {code}"));
                self.reply(request, Answer::Response(Response::error(ErrorCode::new(code))));
                return;
            }
            Verdict::Duplicate(offset, time) => {
                self.story_of(&request, || format!("a duplicate of offset {offset}"));
                (offset, time)
            }
            Verdict::Appended(offset) => {
                self.story_of(&request, || format!("appended at {offset}"));
                self.watch_lag(partition, offset + i64::from(sending.piece.numbers()));
                (offset, if log_append_time { clock } else { -1 })
            }
            Verdict::Begun(ticket, stamped) => {
                self.story_of(&request, || "is being written".into());
                self.await_write(request, ticket, if log_append_time { stamped } else { -1 });
                self.begin_write(partition, broker, ticket);
                return;
            }
            Verdict::Pending(ticket, stamped) => {
                self.story_of(&request, || "waits for the write that is under way".into());
                // It is answered as the duplicate that it will be.
                self.await_write(request, ticket, stamped);
                return;
            }
        };
        let number = self.new_waiting();
        let over = self.now + self.plan.shape.request_timeout;
        self.at(over, Event::WaitOver { waiting: number });
        self.await_replicas(request, number, base_offset, append_time);
        self.all_fetch_soon(partition);
        self.topics[partition].advance(broker);
        self.complete(partition, broker);
    }

    /// It is on the leader's log, and to be answered once it is committed.
    pub(crate) fn await_replicas(
        &mut self,
        request: Request,
        number: u64,
        base_offset: i64,
        append_time: i64,
    ) {
        let Request { actor, sending, .. } = request;
        let partition = sending.partition;
        if let Some(later) = request.copy {
            let lands = self.now + 1 + later;
            self.tell(|| format!("c{actor} the wire makes a copy that lands {later} later"));
            let copy = Request { orphan: true, copy: None, freed: false, ..request };
            self.at(lands, Event::Arrive(copy));
        }
        if let Some((code, left)) = self.troubles[partition].fail_after.last_mut() {
            let code = *code;
            *left -= 1;
            if *left == 0 {
                self.troubles[partition].fail_after.pop();
            }
            self.tell(|| format!("c{actor} p{partition} … and answered with {code} nevertheless"));
            self.reply(request, Answer::Response(Response::error(ErrorCode::new(code))));
        } else {
            let required = base_offset + i64::from(sending.piece.numbers());
            let waiting = Waiting { number, request, base_offset, required, append_time };
            self.waiting.push(waiting);
        }
    }

    fn story_of(&mut self, request: &Request, what: impl FnOnce() -> String) {
        let Request { actor, broker, sending: s, orphan, .. } = *request;
        self.tell(|| {
            let copy = if orphan { " (a late copy)" } else { "" };
            let crate::piece::Numbers { id, epoch, base } = s.numbers;
            format!(
                "b{broker} c{actor} p{} s{}:{}+{} as {id}@{epoch} from {base}{copy}: {}",
                s.partition,
                s.piece.source,
                s.piece.first,
                s.piece.records,
                what()
            )
        });
    }

    /// The broker answers, once it has answered what it took before on this connection.
    pub(crate) fn reply(&mut self, request: Request, answer: Answer) {
        self.release(&request);
        let Request { actor, broker, sending, .. } = request;
        let connection = &mut self.actors[actor].connections[broker];
        if request.orphan || request.connection != connection.number {
            return;
        }
        let own = connection.owed.iter_mut().find(|(token, _)| *token == sending.token);
        own.expect("it was taken").1 = Some(answer);
        while let Some((token, Some(answer))) = self.next_answer(actor, broker) {
            self.transmit(actor, broker, token, answer);
        }
    }

    /// What can leave now.
    fn next_answer(&mut self, actor: usize, broker: usize) -> Option<(u64, Option<Answer>)> {
        let owed = &mut self.actors[actor].connections[broker].owed;
        let ready = owed.front().is_some_and(|(_, answer)| answer.is_some());
        if ready { owed.pop_front() } else { None }
    }

    fn transmit(&mut self, actor: usize, broker: usize, token: u64, answer: Answer) {
        let lineage = &mut self.lineages[self.actors[actor].lineage];
        if lineage.lose_until > self.now {
            self.tell(|| format!("c{actor} the answer is lost"));
            return;
        }
        let late = if lineage.delay.1 > self.now { lineage.delay.0 } else { 0 };
        let twice = lineage.double > 0;
        lineage.double = lineage.double.saturating_sub(1);
        let when = self.after(12) + late;
        let connection = &mut self.actors[actor].connections[broker];
        let when = when.max(connection.last_answer);
        connection.last_answer = when;
        self.answer_at(when, actor, broker, token, answer);
        if twice {
            self.answer_at(when + 1, actor, broker, token, answer);
        }
    }

    /// A client hears an answer.
    pub(crate) fn hear(
        &mut self,
        actor: usize,
        broker: usize,
        connection: u32,
        token: u64,
        answer: Answer,
    ) {
        let listening = &self.actors[actor];
        if !listening.alive || listening.connections[broker].number != connection {
            return;
        }
        let sent = self.actors[actor].pending.remove(&token);
        if let (Some((_, partition, epoch)), Answer::Response(response)) = (sent, answer) {
            let newest = self.actors[actor].epochs.get(&partition) == Some(&epoch);
            if newest && response.code == ErrorCode::INVALID_PRODUCER_EPOCH {
                self.actors[actor].fenced.insert(partition, epoch);
            }
        }
        self.tell(|| match answer {
            Answer::Response(r) => format!("c{actor} #{token} hears {}", r.code.get()),
            other => format!("c{actor} #{token} hears {other:?}"),
        });
        let now = self.time(actor);
        self.actors[actor].client.answered(token, answer, now);
        if let Some((_, partition, _)) = sent {
            let goes_on = self.actors[actor].client.fatal().is_none();
            if goes_on && self.tells_of_a_stranger(actor, token, answer) {
                self.firsts.fooled.get_or_insert((actor, partition));
            }
        }
        self.turn(actor);
    }

    pub(crate) fn time_out(&mut self, actor: usize, token: u64) {
        if !self.actors[actor].alive {
            return;
        }
        let Some((broker, ..)) = self.actors[actor].pending.get(&token).copied() else { return };
        self.tell(|| format!("c{actor} #{token} times out"));
        if self.plan.shape.closes_on_timeout {
            self.break_connection(actor, broker);
        } else {
            self.actors[actor].pending.remove(&token);
            let now = self.time(actor);
            self.actors[actor].client.answered(token, Answer::TimedOut, now);
            self.turn(actor);
        }
    }

    /// Both ends forget the connection; a new one takes its place.
    pub(crate) fn break_connection(&mut self, actor: usize, broker: usize) {
        let connection = &mut self.actors[actor].connections[broker];
        connection.number += 1;
        connection.busy = false;
        connection.owed.clear();
        connection.last_arrival = self.now;
        let queued = std::mem::take(&mut connection.queue);
        for request in queued {
            if request.process == self.process[broker] && self.up[broker] {
                self.strand(request);
            }
        }
        let this = &mut self.actors[actor];
        let lost: Vec<u64> =
            this.pending.iter().filter(|(_, to)| to.0 == broker).map(|(token, _)| *token).collect();
        this.pending.retain(|_, to| to.0 != broker);
        let led = |p: &usize| this.meta[*p].leader == broker;
        let partitions: Vec<usize> = (0..this.meta.len()).filter(led).collect();
        if !this.alive {
            return;
        }
        self.tell(|| format!("c{actor} loses its connection to b{broker}, with {lost:?}"));
        let now = self.time(actor);
        self.actors[actor].client.disconnected(&partitions, &lost, now);
        self.turn(actor);
    }

    /// A client's metadata will be fresh soon.
    pub(crate) fn refresh_soon(&mut self, actor: usize) {
        if self.actors[actor].alive && !std::mem::replace(&mut self.actors[actor].refreshing, true)
        {
            let when = self.after(30);
            self.at(when, Event::Refresh { actor, of: None });
        }
    }

    /// Some broker that is up says what it has heard; an older leader epoch is not believed.
    pub(crate) fn refresh(&mut self, actor: usize, of: Option<usize>) {
        self.actors[actor].refreshing &= of.is_some();
        let up: Vec<usize> = (0..self.up.len()).filter(|broker| self.up[*broker]).collect();
        if !self.actors[actor].alive || up.is_empty() {
            return;
        }
        let broker = of.filter(|of| self.up[*of]).unwrap_or_else(|| self.random.pick(&up));
        let now = self.time(actor);
        for partition in 0..self.topics.len() {
            let topic = &self.topics[partition];
            let (number, heard) = (topic.number, topic.replicas[broker].belief.clone());
            let meta = &mut self.actors[actor].meta[partition];
            let (moved, other_topic) = (heard.epoch > meta.epoch, number != meta.topic);
            if !moved && !other_topic {
                continue;
            }
            (meta.leader, meta.epoch, meta.topic) = (heard.leader, heard.epoch, number);
            self.tell(|| format!("c{actor} p{partition} is led by b{} now", heard.leader));
            let client = &mut self.actors[actor].client;
            if other_topic {
                client.topic_changed(partition, number, now);
            }
            client.leader_changed(partition, heard.leader, heard.epoch, now);
        }
        self.turn(actor);
    }

    /// DescribeProducers comes to a broker.
    pub(crate) fn ask(&mut self, actor: usize, partition: usize, id: i64, question: u32) {
        let broker = self.actors[actor].meta[partition].leader;
        let topic = &self.topics[partition];
        let leads = self.up[broker] && topic.replicas[broker].belief.leader == broker;
        let lineage = &self.lineages[self.actors[actor].lineage];
        let same_topic = topic.number == self.actors[actor].meta[partition].topic;
        let described = if !leads || !same_topic || lineage.describe_fails_until > self.now {
            self.refresh_soon(actor);
            Described::Failed
        } else {
            topic.replicas[broker].describe(id)
        };
        let when = self.after(15);
        self.at(when, Event::Described { actor, partition, question, described });
    }
}
