//! The syntax tree of one `.aura` text: what was written, nothing resolved.
//!
//! In: nothing. Out: the types that `parse` yields, `print` prints and `resolve` reads. Every node
//! knows its span; comments are kept apart in [`File::comments`] with theirs, and the printer puts
//! each back before the node that it stood before.

use crate::source::{FileId, Span};

/// The words that cannot be names.
pub const KEYWORDS: &[&str] = &[
    "protocol",
    "choreography",
    "roles",
    "import",
    "use",
    "type",
    "capability",
    "message",
    "choice",
    "when",
    "loop",
    "rec",
    "continue",
    "par",
    "call",
    "as",
    "timeout",
    "else",
    "local",
    "in",
    "bridge",
    "for",
    "relationship",
    "group",
    "derived",
    "true",
    "false",
];

/// A name as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ident {
    /// The text.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// A comment, `// ..` or `/* .. */`, with its markers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// The text with its markers, without the line's end.
    pub text: String,
    /// Whether something other than blanks stands before it on its line.
    pub trailing: bool,
    /// Where it stands.
    pub span: Span,
}

/// A whole text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Which text.
    pub id: FileId,
    /// The attributes before the first item: they hold for every protocol of the file.
    pub attributes: Vec<Attribute>,
    /// The items, in order.
    pub items: Vec<Item>,
    /// All comments, in order.
    pub comments: Vec<Comment>,
    /// Where lines without anything on them start, in order: the printer keeps one in a row.
    pub blank_lines: Vec<u32>,
    /// The whole text.
    pub span: Span,
}

/// `#[key = value]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// The key.
    pub key: Ident,
    /// The value.
    pub value: Value,
    /// From `#` to `]`.
    pub span: Span,
}

/// A value of an attribute or annotation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// What it is.
    pub kind: ValueKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// `"text"`, unescaped.
    Text(String),
    /// `42`.
    Integer(u64),
    /// `0.125`, as written.
    Decimal(String),
    /// `true`, `false`.
    Bool(bool),
    /// `root`.
    Name(String),
    /// `(neighbor: 0.1, group: 0.2)`.
    Map(Vec<(Ident, Value)>),
}

/// An item of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// `import "common.aura";`
    Import(Import),
    /// `use crate::types::Hash;`
    Use(Use),
    /// `type Hash = [u8; 32];`
    Type(TypeAlias),
    /// `capability need_query(terms: Vec<Term>);`
    Capability(Capability),
    /// `message Proposal { root: Hash }`
    Message(MessageDecl),
    /// `protocol Name { .. }`
    Protocol(Protocol),
}

/// `import "common.aura";`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The path as written, unescaped.
    pub path: String,
    /// Where the string stands.
    pub path_span: Span,
    /// The whole item.
    pub span: Span,
}

/// `use crate::types::Hash;`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The segments; the last one is the name that it brings.
    pub path: Vec<Ident>,
    /// The whole item.
    pub span: Span,
}

/// `type Hash = [u8; 32];`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeAlias {
    /// The new name.
    pub name: Ident,
    /// What it stands for.
    pub ty: Type,
    /// The whole item.
    pub span: Span,
}

/// `capability need_query(terms: Vec<Term>);`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capability {
    /// The name, `ident(:ident)*`, as one text.
    pub name: Ident,
    /// The parameters; their names are fields of the payloads it guards.
    pub params: Vec<Field>,
    /// The whole item.
    pub span: Span,
}

/// `message Proposal { root: Hash }` or `message Ping;`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageDecl {
    /// The label.
    pub name: Ident,
    /// The fields.
    pub fields: Vec<Field>,
    /// The whole item.
    pub span: Span,
}

/// `name: Type`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name.
    pub name: Ident,
    /// The type.
    pub ty: Type,
}

/// A payload type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Type {
    /// What it is.
    pub kind: TypeKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of payload types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeKind {
    /// `Vec<u8>`, `crate::types::Hash`.
    Path {
        /// The segments.
        segments: Vec<Ident>,
        /// The type arguments of the last segment.
        args: Vec<Type>,
    },
    /// `[u8; 32]`.
    Array(Box<Type>, u64),
    /// `(A, B)`; `()` is the unit type.
    Tuple(Vec<Type>),
}

/// `protocol Name { .. }` or `choreography Name { .. }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protocol {
    /// The attributes directly before it that are not the file's.
    pub attributes: Vec<Attribute>,
    /// Whether it was written with `choreography`.
    pub choreography: bool,
    /// The name.
    pub name: Ident,
    /// `roles: A, B[n];`
    pub roles: Vec<RoleDecl>,
    /// `in group gid;` directly behind the roles.
    pub context: Option<Context>,
    /// The steps behind it.
    pub body: Block,
    /// From the keyword to the closing brace.
    pub span: Span,
}

/// A role or a family of roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleDecl {
    /// The name.
    pub name: Ident,
    /// The size of a family.
    pub size: Option<FamilySize>,
    /// Name and size.
    pub span: Span,
}

/// The size of a family as declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FamilySize {
    /// `[3]` or `[m]`.
    Of(Size),
    /// `[*]`.
    Any(Span),
}

/// A number, or a symbol that is bound when a session is created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Size {
    /// `5`.
    Number(u64, Span),
    /// `m`.
    Symbol(Ident),
}

/// Steps between braces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// From brace to brace.
    pub span: Span,
}

/// One step of a protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// `A[annotations] -> B: Label;`
    Message(Message),
    /// `choice A { l: { .. } r: { .. } }`
    Choice(Choice),
    /// `loop (count: 5) { .. }`, `loop (decides: A) { .. }`
    Loop(Loop),
    /// `rec X { .. }`
    Rec(Rec),
    /// `continue X;`
    Continue(Ident, Span),
    /// `par { { .. } { .. } }`
    Par(Vec<Block>, Span),
    /// `call Other(A, B as Y);`
    Call(Call),
    /// `timeout (2s) at B { .. } else { .. }`
    Timeout(Timeout),
    /// `local A: f(x) -> y: T;`
    Local(Local),
    /// `in group gid { .. }`
    In(Context, Block, Span),
    /// `bridge from rid to gid { .. }`
    Bridge(Bridge),
    /// `for i in Q { .. }`
    For(For),
}

impl Step {
    /// The whole step.
    pub fn span(&self) -> Span {
        match self {
            Step::Message(step) => step.span,
            Step::Choice(step) => step.span,
            Step::Loop(step) => step.span,
            Step::Rec(step) => step.span,
            Step::Call(step) => step.span,
            Step::Timeout(step) => step.span,
            Step::Local(step) => step.span,
            Step::Bridge(step) => step.span,
            Step::For(step) => step.span,
            Step::Continue(_, span) | Step::Par(_, span) | Step::In(_, _, span) => *span,
        }
    }
}

/// `A[annotations] -> B: Label;`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The sender.
    pub from: Endpoint,
    /// What is demanded of this send.
    pub annotations: Vec<Annotation>,
    /// The receiver.
    pub to: Endpoint,
    /// The label.
    pub label: Ident,
    /// The payload as written.
    pub payload: Payload,
    /// From the sender to the semicolon.
    pub span: Span,
}

/// `key = value` in the brackets of a sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    /// The key.
    pub key: Ident,
    /// The value.
    pub value: Value,
    /// From key to value.
    pub span: Span,
}

/// The payload of a message as written at its step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// `Label`: the declared message of that name, else unit.
    Bare,
    /// `Label(Type, ..)` or `Label<Type>`.
    Types {
        /// Whether it was written in angle brackets.
        angle: bool,
        /// The types, in order.
        types: Vec<Type>,
    },
    /// `Label { field: Type }`.
    Fields(Vec<Field>),
}

/// A role, a member or a selection of members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The role or family.
    pub role: Ident,
    /// `[*]`, `[any t]`, `[i]`, `[0..t]`.
    pub selector: Option<Selector>,
    /// Name and selector.
    pub span: Span,
}

/// Which members of a family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// `[*]`.
    All(Span),
    /// `[any t]`.
    AnyOf(Size, Span),
    /// `[0]` or `[i]`.
    Index(Size, Span),
    /// `[a..b]`.
    Range(Size, Size, Span),
}

/// `choice A { .. }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Who decides.
    pub decider: Endpoint,
    /// The branches, in order.
    pub branches: Vec<Branch>,
    /// From `choice` to the closing brace.
    pub span: Span,
}

/// `label when (guard): { .. }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// The branch's label. Branches of imported protocols have none: nothing travels for them.
    pub label: Option<Ident>,
    /// The guard.
    pub guard: Option<Expr>,
    /// The steps.
    pub body: Block,
    /// From label to the closing brace.
    pub span: Span,
}

/// An expression of a `when`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of expressions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExprKind {
    /// `price`, a field or result that the decider knows, or `Label.price`.
    Name(Vec<Ident>),
    /// `42`.
    Integer(u64),
    /// `"text"`.
    Text(String),
    /// `true`, `false`.
    Bool(bool),
    /// `!a`.
    Not(Box<Expr>),
    /// `a < b`, `a && b`.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
}

/// The operators of a `when`, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BinaryOp {
    /// `||`
    Or,
    /// `&&`
    And,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
}

/// `loop (..) { .. }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loop {
    /// How it ends.
    pub bound: LoopBound,
    /// The steps.
    pub body: Block,
    /// From `loop` to the closing brace.
    pub span: Span,
}

/// How a loop ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoopBound {
    /// `count: 5`, `count: n`.
    Count(Size),
    /// `decides: A`.
    Decides(Endpoint),
}

/// `rec X { .. }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rec {
    /// The variable.
    pub variable: Ident,
    /// The steps.
    pub body: Block,
    /// From `rec` to the closing brace.
    pub span: Span,
}

/// `call Other(A, B as Y);`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The protocol.
    pub protocol: Ident,
    /// The roles handed over, by position, or by name with `as`.
    pub args: Vec<CallArg>,
    /// From `call` to the semicolon.
    pub span: Span,
}

/// `A` or `B as Y`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallArg {
    /// The caller's role, family or member.
    pub actual: Endpoint,
    /// The callee's role, where it was named.
    pub formal: Option<Ident>,
}

/// `timeout (2s) at B { .. } else { .. }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeout {
    /// How long.
    pub duration: Duration,
    /// Whose clock decides.
    pub decider: Endpoint,
    /// What should happen in time.
    pub body: Block,
    /// What happens otherwise.
    pub otherwise: Block,
    /// From `timeout` to the last brace.
    pub span: Span,
}

/// `2s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duration {
    /// The number.
    pub value: u64,
    /// The unit.
    pub unit: TimeUnit,
    /// Number and unit.
    pub span: Span,
}

/// The units of durations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeUnit {
    /// `us`
    Microseconds,
    /// `ms`
    Milliseconds,
    /// `s`
    Seconds,
    /// `min`
    Minutes,
    /// `h`
    Hours,
}

/// `local A: f(x) -> y: T;`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Local {
    /// Who takes the step.
    pub at: Endpoint,
    /// The hook's name.
    pub function: Ident,
    /// Labels received or results of earlier steps.
    pub args: Vec<Ident>,
    /// The result's name and type.
    pub result: Option<(Ident, Option<Type>)>,
    /// From `local` to the semicolon.
    pub span: Span,
}

/// `relationship rid`, `group gid`, `derived dkd`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The kind.
    pub kind: ContextKind,
    /// The name.
    pub name: Ident,
    /// Kind and name.
    pub span: Span,
}

/// The kinds of contexts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContextKind {
    /// Two authorities.
    Relationship,
    /// Many authorities.
    Group,
    /// Keys derived for an application.
    Derived,
}

impl ContextKind {
    /// The word that the language has for it.
    pub fn keyword(self) -> &'static str {
        match self {
            ContextKind::Relationship => "relationship",
            ContextKind::Group => "group",
            ContextKind::Derived => "derived",
        }
    }
}

/// `bridge from rid to gid { .. }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bridge {
    /// The context that is left; the kind where it was written.
    pub from: (Option<ContextKind>, Ident),
    /// The context of the messages inside.
    pub to: (Option<ContextKind>, Ident),
    /// The steps.
    pub body: Block,
    /// From `bridge` to the closing brace.
    pub span: Span,
}

/// `for i in Q { .. }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct For {
    /// The index.
    pub index: Ident,
    /// The family, or a range of it.
    pub family: Endpoint,
    /// The steps.
    pub body: Block,
    /// From `for` to the closing brace.
    pub span: Span,
}
