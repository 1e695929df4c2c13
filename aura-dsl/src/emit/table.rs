//! Tables of text with aligned columns.
//!
//! In: a heading and rows of cells. Out: lines, two blanks between columns, no trailing blanks; a
//! column without a single entry is left out, so that a table shows what there is to see.

use std::borrow::Cow;

use crate::escape::visible;

/// Rows under headings. Cells are escaped as they are added.
pub(crate) struct Table {
    head: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(head: &[&'static str]) -> Self {
        Self {
            head: head.to_vec(),
            rows: Vec::new(),
        }
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let cells: Vec<_> = cells
            .into_iter()
            .map(|cell| match visible(&cell) {
                Cow::Borrowed(_) => cell,
                Cow::Owned(escaped) => escaped,
            })
            .collect();
        debug_assert_eq!(cells.len(), self.head.len());
        self.rows.push(cells);
    }

    /// The columns with an entry: their headings, and their cells from the top.
    pub(crate) fn columns(&self) -> Vec<(&'static str, Vec<&str>)> {
        let column = |at: usize| -> Vec<&str> {
            let cells = self.rows.iter().map(|row| row[at].as_str());
            cells.collect()
        };
        let columns = self.head.iter().enumerate();
        columns
            .map(|(at, head)| (*head, column(at)))
            .filter(|(_, cells)| cells.iter().any(|cell| !cell.is_empty()))
            .collect()
    }

    /// Appends the table, each line behind `margin`; a table without rows is nothing.
    pub(crate) fn write(&self, out: &mut String, margin: &str) {
        if self.rows.is_empty() {
            return;
        }
        let columns: Vec<usize> = (0..self.head.len())
            .filter(|column| self.rows.iter().any(|row| !row[*column].is_empty()))
            .collect();
        let cells = |row: usize, column: usize| match row {
            0 => self.head[column],
            row => self.rows[row - 1][column].as_str(),
        };
        let widths: Vec<usize> = columns
            .iter()
            .map(|column| {
                (0..=self.rows.len())
                    .map(|row| width(cells(row, *column)))
                    .max()
            })
            .map(Option::unwrap_or_default)
            .collect();
        for row in 0..=self.rows.len() {
            let start = out.len();
            out.push_str(margin);
            for (column, longest) in columns.iter().zip(&widths) {
                let cell = cells(row, *column);
                out.push_str(cell);
                out.extend(std::iter::repeat_n(' ', longest - width(cell) + 2));
            }
            out.truncate(start + out[start..].trim_end().len());
            out.push('\n');
        }
    }
}

fn width(cell: &str) -> usize {
    if cell.is_ascii() {
        cell.len()
    } else {
        cell.chars().count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_empty_ones_left_out() {
        let mut table = Table::new(&["a", "empty", "b"]);
        table.row(["long".into(), String::new(), "1".into()]);
        table.row(["x".into(), String::new(), "2".into()]);
        let mut out = String::new();
        table.write(&mut out, "  ");
        assert_eq!(out, "  a     b\n  long  1\n  x     2\n");
    }
}
