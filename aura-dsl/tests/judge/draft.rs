//! Protocols as the generator makes them: text with just enough structure to shrink.
//!
//! In: lines and blocks. Out: an `.aura` text, and all texts that are one deletion smaller.

use std::fmt::Write as _;

/// A line, or a construct with blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// `A -> B: M;`, or what stands before the first block.
    pub head: String,
    /// What opens each block, and what is in it; none for a line.
    pub arms: Vec<(String, Vec<Item>)>,
    /// What stands behind the last block.
    pub foot: &'static str,
}

impl Item {
    /// A step without blocks.
    pub fn line(text: impl Into<String>) -> Self {
        Self {
            head: text.into(),
            arms: Vec::new(),
            foot: "",
        }
    }

    /// A construct with one block.
    pub fn block(head: impl Into<String>, body: Vec<Item>) -> Self {
        Self {
            head: head.into(),
            arms: vec![("{".to_owned(), body)],
            foot: "",
        }
    }

    fn write(&self, depth: usize, text: &mut String) {
        let indent = "    ".repeat(depth);
        let _ = writeln!(text, "{indent}{}", self.head);
        for (open, body) in &self.arms {
            let _ = writeln!(text, "{indent}{open}");
            for item in body {
                item.write(depth + 1, text);
            }
            let _ = writeln!(text, "{indent}}}");
        }
        if !self.foot.is_empty() {
            let _ = writeln!(text, "{indent}{}", self.foot);
        }
    }
}

/// A protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// What stands before it: attributes, called protocols.
    pub front: String,
    /// `roles: ..;` and the context.
    pub roles: String,
    /// The steps.
    pub body: Vec<Item>,
}

impl Draft {
    /// The text.
    pub fn text(&self) -> String {
        let mut text = format!("{}protocol Drawn {{\n    {}\n", self.front, self.roles);
        for item in &self.body {
            item.write(1, &mut text);
        }
        text.push_str("}\n");
        text
    }

    /// Every draft that is a step smaller, the smallest first.
    pub fn smaller(&self) -> Vec<Draft> {
        let bodies = smaller(&self.body);
        bodies
            .into_iter()
            .map(|body| Draft {
                body,
                ..self.clone()
            })
            .collect()
    }
}

fn smaller(items: &[Item]) -> Vec<Vec<Item>> {
    let mut found = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let with = |new: Vec<Item>| [&items[..index], &new, &items[index + 1..]].concat();
        found.push(with(Vec::new()));
        for (_, body) in &item.arms {
            found.push(with(body.clone()));
        }
        for arm in 0..item.arms.len() {
            if item.arms.len() > 2 {
                let mut less = item.clone();
                less.arms.remove(arm);
                found.push(with(vec![less]));
            }
        }
    }
    for (index, item) in items.iter().enumerate() {
        for (arm, (_, body)) in item.arms.iter().enumerate() {
            for body in smaller(body) {
                let mut all = items.to_vec();
                all[index].arms[arm].1 = body;
                found.push(all);
            }
        }
    }
    found
}
