//! Tokens: rights that travel, signed, and that whoever holds them can narrow (biscuits).
//!
//! A token is verified once, at the edge, and compiled to [`Rights`] that a ledger looks up. What the
//! token says is tried against each right of the local policy, one by one, so the result is within both
//! whatever the token's logic is. The work is bounded by the length of the token, by facts and by
//! iterations, never by the clock: a slow machine must not refuse what a fast one takes.

use std::{collections::HashMap, fmt, time::Duration};

use biscuit_auth::{
    AuthorizerLimits, Biscuit, KeyPair, PublicKey,
    builder::{Algorithm, AuthorizerBuilder, BlockBuilder, Rule, Term, bytes, fact, int, string},
};

use super::{Arguments, Rights, Scope};
use crate::identity::ContextId;

/// The most bytes of a token.
pub const LONGEST: usize = 16 << 10;

/// The most blocks: how often a token can have been narrowed.
const MOST_BLOCKS: usize = 16;

/// Why a token gives nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is longer than tokens may be, or was narrowed more often.
    #[error("the token is too long")]
    Length,
    /// It was not issued by this key, or was changed.
    #[error("the token does not verify: {0}")]
    Invalid(String),
    /// It, or a token that it was narrowed from, was taken back.
    #[error("the token was revoked")]
    Revoked,
}

impl From<biscuit_auth::error::Token> for TokenError {
    fn from(error: biscuit_auth::error::Token) -> Self {
        Self::Invalid(error.to_string())
    }
}

/// Whoever issues tokens: the secret half of their root key, which is erased when it is dropped.
pub struct TokenIssuer(KeyPair);

impl zeroize::ZeroizeOnDrop for TokenIssuer {}

impl fmt::Debug for TokenIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenIssuer(..)")
    }
}

impl TokenIssuer {
    /// The issuer of a secret of 32 random bytes.
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self, TokenError> {
        let key = biscuit_auth::PrivateKey::from_bytes(seed, Algorithm::Ed25519);
        let key = key.map_err(|error| TokenError::Invalid(error.to_string()))?;
        Ok(Self(KeyPair::from(&key)))
    }

    /// The public half: 32 bytes, by which tokens are verified.
    pub fn public(&self) -> Vec<u8> {
        self.0.public().to_bytes()
    }

    /// A token for these rights in a context, through an epoch.
    pub fn issue(
        &self,
        context: ContextId,
        rights: &Rights,
        through: u64,
    ) -> Result<Bearer, TokenError> {
        let mut token = Biscuit::builder();
        for (name, scope) in rights.iter() {
            let place = [bytes(&context.0), string(name)];
            match scope {
                Scope::Any => token = token.fact(fact("right", &place))?,
                Scope::Only(only) => {
                    for arguments in only {
                        let [context, name] = place.clone();
                        let terms = [context, name, bytes(&encode(arguments))];
                        token = token.fact(fact("right_for", &terms))?;
                    }
                }
            }
        }
        let params = HashMap::from([("through".to_owned(), number(through))]);
        let check = "check if epoch($e), $e <= {through}";
        let token = token.code_with_params(check, params, HashMap::new())?;
        Ok(Bearer(token.build(&self.0)?))
    }
}

/// A token that verifies.
#[derive(Clone)]
pub struct Bearer(Biscuit);

/// A token is a secret of whoever bears it.
impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bearer(..)")
    }
}

impl Bearer {
    /// Reads a token and verifies its signatures.
    pub fn from_bytes(token: &[u8], issuer: &[u8]) -> Result<Self, TokenError> {
        if token.len() > LONGEST {
            return Err(TokenError::Length);
        }
        let key = PublicKey::from_bytes(issuer, Algorithm::Ed25519);
        let key = key.map_err(|error| TokenError::Invalid(error.to_string()))?;
        let token = Biscuit::from(token, key)?;
        if token.block_count() > MOST_BLOCKS {
            return Err(TokenError::Length);
        }
        Ok(Self(token))
    }

    /// The bytes that travel.
    pub fn bytes(&self) -> Result<Vec<u8>, TokenError> {
        Ok(self.0.to_vec()?)
    }

    /// A token for no more than these rights, and through no later epoch. Nobody needs to be asked.
    pub fn narrow(&self, to: &Rights, through: u64) -> Result<Self, TokenError> {
        let mut block = BlockBuilder::new();
        let (mut ways, mut params) = (Vec::new(), HashMap::new());
        for (at, (name, scope)) in to.iter().enumerate() {
            params.insert(format!("n{at}"), string(name));
            match scope {
                Scope::Any => ways.push(format!("capability({{n{at}}})")),
                Scope::Only(only) => {
                    for (part, arguments) in only.iter().enumerate() {
                        let arguments = bytes(&encode(arguments));
                        let terms = [string(name), arguments.clone()];
                        // A hint of what to try, no right: only the issuer's block gives those.
                        block = block.fact(fact("candidate", &terms))?;
                        params.insert(format!("a{at}x{part}"), arguments);
                        ways.push(format!(
                            "capability({{n{at}}}), arguments({{a{at}x{part}}})"
                        ));
                    }
                }
            }
        }
        params.insert("through".to_owned(), number(through));
        let ways = if ways.is_empty() {
            "false".to_owned()
        } else {
            ways.join(" or ")
        };
        let code = format!("check if {ways}; check if epoch($e), $e <= {{through}};");
        let block = block.code_with_params(code, params, HashMap::new())?;
        Ok(Self(self.0.append(block)?))
    }

    /// The ids by which the token, or one that it was narrowed from, can be taken back; its own is last.
    pub fn ids(&self) -> Vec<Vec<u8>> {
        self.0.revocation_identifiers()
    }

    /// What the token allows of a policy, in a context and an epoch: never more than either.
    pub fn rights(
        &self,
        context: ContextId,
        epoch: u64,
        policy: &Rights,
        is_revoked: &dyn Fn(&[u8]) -> bool,
    ) -> Result<Rights, TokenError> {
        if self.ids().iter().any(|id| is_revoked(id)) {
            return Err(TokenError::Revoked);
        }
        let mut rights = Rights::default();
        for (name, scope) in policy.iter() {
            match scope {
                Scope::Any if self.allows(context, epoch, name, None)? => {
                    rights.allow(name);
                }
                Scope::Any => {
                    for arguments in self.candidates(context, name)? {
                        if self.allows(context, epoch, name, Some(&arguments))? {
                            rights.allow_for(name, arguments);
                        }
                    }
                }
                Scope::Only(only) => {
                    for arguments in only {
                        if self.allows(context, epoch, name, Some(arguments))? {
                            rights.allow_for(name, arguments.clone());
                        }
                    }
                }
            }
        }
        Ok(rights)
    }

    /// Whether the token allows a capability, for these arguments or for any.
    fn allows(
        &self,
        context: ContextId,
        epoch: u64,
        name: &str,
        arguments: Option<&Arguments>,
    ) -> Result<bool, TokenError> {
        let params = HashMap::from([
            ("context".to_owned(), bytes(&context.0)),
            ("name".to_owned(), string(name)),
            (
                "arguments".to_owned(),
                bytes(&arguments.map(encode).unwrap_or_default()),
            ),
        ]);
        let mut policies = "allow if right({context}, {name});".to_owned();
        let mut authorizer = AuthorizerBuilder::new()
            .fact(fact("epoch", &[number(epoch)]))?
            .fact(fact("capability", &[string(name)]))?;
        if let Some(arguments) = arguments {
            authorizer = authorizer.fact(fact("arguments", &[bytes(&encode(arguments))]))?;
            policies += "allow if right_for({context}, {name}, {arguments});";
        }
        let mut authorizer = authorizer
            .code_with_params(policies, params, HashMap::new())?
            .set_limits(limits())
            .build(&self.0)?;
        match authorizer.authorize() {
            Ok(_) => Ok(true),
            Err(biscuit_auth::error::Token::FailedLogic(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// The arguments that the token speaks of, whether or not it allows them.
    fn candidates(&self, context: ContextId, name: &str) -> Result<Vec<Arguments>, TokenError> {
        let mut authorizer = AuthorizerBuilder::new()
            .set_limits(limits())
            .build(&self.0)?;
        let mut right = Rule::try_from("data($a) <- right_for({context}, {name}, $a)")?;
        right.set("context", bytes(&context.0))?;
        right.set("name", string(name))?;
        let mut candidate = Rule::try_from("data($a) <- candidate({name}, $a)")?;
        candidate.set("name", string(name))?;
        let mut found: Vec<(Vec<u8>,)> = authorizer.query(right)?;
        found.extend(authorizer.query_all::<_, (Vec<u8>,), _>(candidate)?);
        // What is no list of arguments was not written by this module, and allows nothing.
        let found = found.iter();
        Ok(found
            .filter_map(|(bytes,)| postcard::from_bytes(bytes).ok())
            .collect())
    }
}

fn encode(arguments: &Arguments) -> Vec<u8> {
    postcard::to_stdvec(arguments).expect("lists of bytes always encode")
}

/// Biscuits count in signed 64 bits; an epoch beyond is as far away as that.
fn number(epoch: u64) -> Term {
    int(i64::try_from(epoch).unwrap_or(i64::MAX))
}

fn limits() -> AuthorizerLimits {
    AuthorizerLimits {
        max_facts: 4_000,
        max_iterations: 100,
        // A day, which is to say: facts and iterations decide.
        max_time: Duration::from_hours(24),
    }
}
