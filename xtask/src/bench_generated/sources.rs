//! The texts that are measured: one protocol, written in every way.

use std::fmt::Write;

/// The roles, in the order in which the token goes round.
const ROLES: [&str; 3] = ["A", "B", "C"];

/// How a text came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// By hand, over rumpsteak.
    Hand,
    /// By hand, with functions that take every step.
    HandUsed,
    /// By `aura-dsl generate`.
    Generated,
    /// By `aura-dsl generate`, with functions that take every step.
    GeneratedUsed,
    /// By a macro.
    Macro,
}

impl Kind {
    pub(super) const ALL: &[Self; 5] = &[
        Self::Hand,
        Self::HandUsed,
        Self::Generated,
        Self::GeneratedUsed,
        Self::Macro,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Hand => "hand",
            Self::HandUsed => "hand_used",
            Self::Generated => "generated",
            Self::GeneratedUsed => "generated_used",
            Self::Macro => "macro",
        }
    }
}

/// A message goes from one role to the next.
struct Hop {
    number: usize,
    from: &'static str,
    to: &'static str,
}

fn hops(messages: usize) -> impl Iterator<Item = Hop> {
    (0..messages).map(|number| Hop {
        number,
        from: ROLES[number % 3],
        to: ROLES[(number + 1) % 3],
    })
}

/// The protocol.
pub(super) fn protocol(messages: usize) -> String {
    let mut out = "#[namespace = \"bench\"]\nprotocol Token {\n    roles: A, B, C;\n".to_owned();
    for Hop { number, from, to } in hops(messages) {
        let _ = writeln!(
            out,
            "    {from}[guard_capability = \"go\"] -> {to}: M{number}(u64);"
        );
    }
    out + "}\n"
}

/// The text of a crate; `generated` is what `aura-dsl generate` made of the protocol.
pub(super) fn text(kind: Kind, messages: usize, generated: &str) -> String {
    match kind {
        Kind::Hand => by_hand(messages),
        Kind::HandUsed => by_hand(messages) + &by_hand_used(messages),
        Kind::Generated => generated.to_owned(),
        Kind::GeneratedUsed => generated.to_owned() + &generated_used(messages),
        Kind::Macro => format!("aura_macros::aura_protocol!(\"token_{messages}.aura\");\n"),
    }
}

fn by_hand(messages: usize) -> String {
    // rumpsteak's states hold what follows them, so that the last is as deep as there are messages.
    let mut out = "#![recursion_limit = \"4096\"]\nuse rumpsteak::role::{Role, Roles, ToFrom};\n\
         use rumpsteak::{End, IntoSession, Label, Receive, Result, Send, try_session};\n\n\
         #[derive(Roles)]\npub struct All(pub A, pub B, pub C);\n"
        .to_owned();
    for (at, role) in ROLES.iter().enumerate() {
        let (left, right) = (ROLES[(at + 1) % 3], ROLES[(at + 2) % 3]);
        let _ = write!(
            out,
            "\n#[derive(Role)]\n#[message(Message)]\npub struct {role}(#[route({left})] ToFrom<{left}>, \
             #[route({right})] ToFrom<{right}>);\n"
        );
    }
    out.push_str("\n#[derive(Label)]\npub enum Message {\n");
    for Hop { number, .. } in hops(messages) {
        let _ = writeln!(out, "    M{number}(M{number}),");
    }
    out.push_str("}\n");
    for Hop { number, .. } in hops(messages) {
        let _ = writeln!(out, "pub struct M{number}(pub u64);");
    }
    for role in ROLES {
        let own: Vec<Hop> = own(role, messages).collect();
        for (at, Hop { number, from, to }) in own.iter().enumerate() {
            let step = if *from == role {
                format!("Send<'s, {role}, {to}")
            } else {
                format!("Receive<'s, {role}, {from}")
            };
            let next = if at + 1 < own.len() {
                format!("{role}{}<'s>", at + 1)
            } else {
                "End<'s>".to_owned()
            };
            let _ = writeln!(
                out,
                "#[derive(IntoSession)]\n#[role('s, {role})]\npub struct {role}{at}<'s>({step}, M{number}, {next}>);"
            );
        }
    }
    out
}

fn own(role: &'static str, messages: usize) -> impl Iterator<Item = Hop> {
    hops(messages).filter(move |hop| hop.from == role || hop.to == role)
}

fn by_hand_used(messages: usize) -> String {
    let mut out = String::new();
    for role in ROLES {
        let name = role.to_lowercase();
        let _ = writeln!(
            out,
            "\npub async fn {name}(role: &mut {role}) -> Result<()> {{\n    \
             try_session(role, |s: {role}0<'_>| async {{"
        );
        for Hop { number, from, .. } in own(role, messages) {
            let _ = if from == role {
                writeln!(
                    out,
                    "        let s = s.into_session().send(M{number}({number}))?;"
                )
            } else {
                writeln!(
                    out,
                    "        let (M{number}(_), s) = s.into_session().receive().await?;"
                )
            };
        }
        out.push_str("        Ok(((), s))\n    })\n    .await\n}\n");
    }
    out
}

fn generated_used(messages: usize) -> String {
    let mut out = "\nuse aura_runtime::session::{Session, SessionError};\n".to_owned();
    for role in ROLES {
        let name = role.to_lowercase();
        let _ = writeln!(
            out,
            "\npub async fn {name}(session: &mut Session<token::{role}>) -> Result<(), SessionError> \
             {{\n    let s = session.start()?;"
        );
        for Hop { number, from, .. } in own(role, messages) {
            let _ = if from == role {
                writeln!(out, "    let s = s.m{number}({number}).await?;")
            } else {
                writeln!(out, "    let (_, s) = s.m{number}().await?;")
            };
        }
        out.push_str("    drop(s);\n    Ok(())\n}\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_has_the_same_steps() {
        let hand = by_hand_used(10);
        let ours = generated_used(10);
        assert_eq!(hand.matches("send(").count(), 10);
        assert_eq!(hand.matches("receive()").count(), 10);
        assert_eq!(ours.matches(").await?").count(), 20);
        assert_eq!(protocol(10).matches("->").count(), 10);
    }
}
