//! Files and items.

use super::Printer;
use crate::ast::{Attribute, Context, FamilySize, Field, File, Item, Protocol, RoleDecl};

impl Printer<'_> {
    pub(super) fn file(&mut self, file: &File) {
        for attribute in &file.attributes {
            self.attribute(attribute);
        }
        for item in &file.items {
            self.item(item);
        }
        self.comments_before(u32::MAX);
    }

    fn attribute(&mut self, attribute: &Attribute) {
        self.line(attribute.span.start);
        self.text("#[");
        self.word(&attribute.key);
        self.text(" = ");
        self.value(&attribute.value);
        self.text("]");
        self.end(attribute.span.end);
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Import(import) => {
                self.line(import.span.start);
                self.text("import ");
                self.string(&import.path);
                self.text(";");
                self.end(import.span.end);
            }
            Item::Use(item) => {
                self.line(item.span.start);
                self.text("use ");
                self.path(&item.path);
                self.text(";");
                self.end(item.span.end);
            }
            Item::Type(alias) => {
                self.line(alias.span.start);
                self.text("type ");
                self.word(&alias.name);
                self.text(" = ");
                self.type_term(&alias.ty);
                self.text(";");
                self.end(alias.span.end);
            }
            Item::Capability(capability) => {
                self.line(capability.span.start);
                self.text("capability ");
                self.word(&capability.name);
                if !capability.params.is_empty() {
                    self.fields(("(", ")"), &capability.params, capability.span.end);
                }
                self.text(";");
                self.end(capability.span.end);
            }
            Item::Message(message) => {
                self.line(message.span.start);
                self.text("message ");
                self.word(&message.name);
                if message.fields.is_empty() {
                    self.text(";");
                } else {
                    self.text(" ");
                    self.fields(("{ ", " }"), &message.fields, message.span.end);
                }
                self.end(message.span.end);
            }
            Item::Protocol(protocol) => self.protocol(protocol),
        }
    }

    fn protocol(&mut self, protocol: &Protocol) {
        self.wants_blank = true;
        for attribute in &protocol.attributes {
            self.attribute(attribute);
        }
        self.line(protocol.span.start);
        self.text(if protocol.choreography {
            "choreography "
        } else {
            "protocol "
        });
        self.word(&protocol.name);
        self.text(" ");
        self.open(protocol.body.span.start);
        self.roles(&protocol.roles);
        if let Some(context) = &protocol.context {
            self.line(context.span.start);
            self.context(context);
            self.text(";");
            self.end(context.span.end);
        }
        // The steps are set off from the head.
        self.wants_blank = !protocol.body.steps.is_empty();
        for step in &protocol.body.steps {
            self.step(step);
        }
        self.wants_blank = false;
        self.close(protocol.span.end);
        self.end(protocol.span.end);
        self.wants_blank = true;
    }

    fn roles(&mut self, roles: &[RoleDecl]) {
        let (Some(first), Some(last)) = (roles.first(), roles.last()) else {
            return;
        };
        self.line(first.span.start);
        self.fit(
            last.span.end,
            |printer| {
                printer.text("roles: ");
                printer.separated(roles, Self::role);
            },
            |printer| {
                printer.text("roles:\n");
                printer.indent += 1;
                printer.opened = true;
                for (index, role) in roles.iter().enumerate() {
                    printer.line(role.span.start);
                    printer.role(role);
                    if index + 1 < roles.len() {
                        printer.text(",");
                        printer.end(role.span.end);
                    }
                }
                printer.indent -= 1;
            },
        );
        self.text(";");
        self.end(last.span.end);
    }

    fn role(&mut self, role: &RoleDecl) {
        self.word(&role.name);
        match &role.size {
            None => {}
            Some(FamilySize::Any(_)) => self.text("[*]"),
            Some(FamilySize::Of(size)) => {
                self.text("[");
                self.size(size);
                self.text("]");
            }
        }
    }

    pub(super) fn context(&mut self, context: &Context) {
        self.text("in ");
        self.text(context.kind.keyword());
        self.text(" ");
        self.word(&context.name);
    }

    /// Fields in brackets, on one line where they fit.
    pub(super) fn fields(&mut self, brackets: (&str, &str), fields: &[Field], end: u32) {
        if fields.is_empty() {
            return self.fields_inline(brackets, fields);
        }
        self.fit(
            end,
            |printer| printer.fields_inline(brackets, fields),
            |printer| {
                let brackets = (brackets.0.trim(), brackets.1.trim());
                let place = |field: &Field| (field.name.span.start, field.ty.span.end);
                printer.stacked(brackets, fields, end, place, Self::field);
            },
        );
    }

    /// Fields in brackets on one line.
    pub(super) fn fields_inline(&mut self, brackets: (&str, &str), fields: &[Field]) {
        if fields.is_empty() {
            self.text(brackets.0.trim());
            self.text(brackets.1.trim());
            return;
        }
        self.text(brackets.0);
        self.separated(fields, Self::field);
        self.text(brackets.1);
    }

    fn field(&mut self, field: &Field) {
        self.word(&field.name);
        self.text(": ");
        self.type_term(&field.ty);
    }
}
