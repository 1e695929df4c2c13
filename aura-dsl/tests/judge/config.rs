//! One state of all machines and channels.
//!
//! In: a troupe. Out: configurations as flat words. What holds: a frame that is to be absorbed never stands in a
//! queue, because absorbing is always enabled and disturbs nothing; an owner whose threads have
//! all ended has gone on.

use super::cast::{Actor, Wire};
use super::troupe::{Act, Channel, Troupe};

/// A machine that does not run.
const OFF: u16 = u16::MAX;
/// Set in [`At::bits`] while a member of an exchange hears the others.
pub const HEARING: u16 = 1 << 15;

/// All machines and channels at one moment: three words an actor, then each channel with its
/// count to absorb, its length and its slots, then a word for a script and two for the monitor.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Config(Box<[u16]>);

/// Where an actor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    /// The state.
    pub state: u16,
    /// 0, or the action that is under way, counted from 1.
    pub under_way: u16,
    /// How far it is: the copies sent, or the channels heard as bits.
    pub bits: u16,
}

impl At {
    /// Whether the machine runs.
    pub fn runs(self) -> bool {
        self.state != OFF
    }
}

/// How configurations of a troupe are laid out.
pub struct Stage<'t> {
    pub troupe: &'t Troupe,
    capacity: usize,
}

impl<'t> Stage<'t> {
    /// A stage whose channels hold so many frames.
    pub fn new(troupe: &'t Troupe, capacity: usize) -> Self {
        Self { troupe, capacity }
    }

    fn actors(&self) -> usize {
        self.troupe.machines.len()
    }

    /// Where a channel's words begin.
    fn slot(&self, channel: Channel) -> usize {
        self.actors() * 3 + channel * (2 + self.capacity)
    }

    /// The first configuration.
    pub fn start(&self) -> Config {
        let words = self.slot(self.troupe.channels.len()) + 3;
        let mut config = Config(vec![0; words].into_boxed_slice());
        for actor in 0..self.actors() {
            if !self.troupe.starts[actor] {
                config.0[actor * 3] = OFF;
            }
        }
        config
    }

    /// Where an actor is.
    pub fn at(config: &Config, actor: Actor) -> At {
        let words = &config.0[usize::from(actor) * 3..];
        At {
            state: words[0],
            under_way: words[1],
            bits: words[2],
        }
    }

    /// Puts an actor somewhere.
    pub fn put(config: &mut Config, actor: Actor, at: At) {
        let words = &mut config.0[usize::from(actor) * 3..];
        (words[0], words[1], words[2]) = (at.state, at.under_way, at.bits);
    }

    /// The monitor's state.
    pub fn monitor(config: &Config) -> u32 {
        let [.., high, low] = &*config.0 else {
            return 0;
        };
        u32::from(*high) << 16 | u32::from(*low)
    }

    /// Sets the monitor's state.
    pub fn set_monitor(config: &mut Config, state: u32) {
        if let [.., high, low] = &mut *config.0 {
            *high = (state >> 16) as u16;
            *low = (state & 0xffff) as u16;
        }
    }

    /// How far a script has been followed.
    pub fn cue(config: &Config) -> usize {
        match &*config.0 {
            [.., cue, _, _] => usize::from(*cue),
            _ => 0,
        }
    }

    /// Notes that the next line of a script has been spoken.
    pub fn follow_cue(config: &mut Config) {
        if let [.., cue, _, _] = &mut *config.0 {
            *cue += 1;
        }
    }

    /// The frames in a channel.
    pub fn frames<'c>(&self, config: &'c Config, channel: Channel) -> &'c [Wire] {
        let slot = self.slot(channel);
        let length = usize::from(config.0[slot + 1]);
        &config.0[slot + 2..slot + 2 + length]
    }

    /// Takes the first frame of a channel.
    pub fn pop(&self, config: &mut Config, channel: Channel) {
        let slot = self.slot(channel);
        let length = usize::from(config.0[slot + 1]);
        config.0.copy_within(slot + 3..slot + 2 + length, slot + 2);
        config.0[slot + 1 + length] = 0;
        config.0[slot + 1] -= 1;
    }

    /// Whether a frame has no room; one that is absorbed at once needs none.
    pub fn is_full(&self, config: &Config, channel: Channel) -> bool {
        let slot = self.slot(channel);
        config.0[slot] == 0 && usize::from(config.0[slot + 1]) >= self.capacity
    }

    /// Puts a frame into a channel, or absorbs it.
    pub fn push(&self, config: &mut Config, channel: Channel, wire: Wire) {
        let slot = self.slot(channel);
        if config.0[slot] > 0 {
            config.0[slot] -= 1;
        } else {
            let length = usize::from(config.0[slot + 1]);
            config.0[slot + 2 + length] = wire;
            config.0[slot + 1] += 1;
        }
    }

    /// Owes so many frames of a channel to nobody.
    pub fn absorb(&self, config: &mut Config, channel: Channel, count: u64) {
        let slot = self.slot(channel);
        for _ in 0..count {
            if config.0[slot + 1] > 0 {
                self.pop(config, channel);
            } else {
                config.0[slot] = config.0[slot].saturating_add(1);
            }
        }
    }

    /// Lets an actor enter a state.
    pub fn enter(config: &mut Config, actor: Actor, to: usize) {
        let state = u16::try_from(to).expect("machines are small");
        let at = At {
            state,
            under_way: 0,
            bits: 0,
        };
        Self::put(config, actor, at);
    }

    /// Lets owners go on whose threads have ended.
    pub fn join(&self, config: &mut Config) {
        let mut moved = true;
        while moved {
            moved = false;
            for actor in 0..self.actors() {
                let number = Actor::try_from(actor).expect("actors are few");
                let at = Self::at(config, number);
                if !at.runs() || at.under_way == 0 {
                    continue;
                }
                let acts = &self.troupe.machines[actor][usize::from(at.state)].acts;
                let (Act::Fork(_, threads), to) = &acts[usize::from(at.under_way) - 1] else {
                    continue;
                };
                if threads
                    .iter()
                    .all(|(thread, _)| self.has_ended(config, *thread))
                {
                    for (thread, _) in threads {
                        Self::put(
                            config,
                            *thread,
                            At {
                                state: OFF,
                                under_way: 0,
                                bits: 0,
                            },
                        );
                    }
                    Self::enter(config, number, *to);
                    moved = true;
                }
            }
        }
    }

    fn has_ended(&self, config: &Config, actor: Actor) -> bool {
        let at = Self::at(config, actor);
        let state = &self.troupe.machines[usize::from(actor)][usize::from(at.state)];
        state.accepting && state.acts.is_empty() && state.timer.is_none()
    }

    /// How an actor stands where nothing happens any more.
    pub fn rests(&self, config: &Config, actor: Actor) -> Rest {
        let at = Self::at(config, actor);
        if !at.runs() {
            return Rest::Over;
        }
        let state = &self.troupe.machines[usize::from(actor)][usize::from(at.state)];
        if at.under_way > 0 {
            return match state.acts[usize::from(at.under_way) - 1].0 {
                Act::Fork(..) => Rest::Joining,
                _ => Rest::Stuck,
            };
        }
        match (state.accepting, state.acts.is_empty()) {
            (true, true) => Rest::Over,
            (true, false) => Rest::Waiting,
            (false, _) => Rest::Stuck,
        }
    }
}

/// How an actor stands where nothing happens any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// It has ended.
    Over,
    /// It may end, but it cannot know.
    Waiting,
    /// It waits for threads.
    Joining,
    /// It waits for something.
    Stuck,
}
