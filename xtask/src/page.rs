//! A page with tables that a command writes.

/// The page with the table between the markers of a name.
pub(crate) fn replace(page: &str, name: &str, table: &str) -> Result<String, String> {
    let (begin, end) = (
        format!("<!-- {name}: begin -->"),
        format!("<!-- {name}: end -->"),
    );
    let missing = || format!("the page has no line `{begin}` .. `{end}`");
    let (before, rest) = page.split_once(&begin).ok_or_else(missing)?;
    let (_, after) = rest.split_once(&end).ok_or_else(missing)?;
    Ok(format!("{before}{begin}\n{table}{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_takes_the_place_between_the_markers() {
        let page = "before\n<!-- x: begin -->\nold\n<!-- x: end -->\nbehind\n";
        let new = "before\n<!-- x: begin -->\nnew\n<!-- x: end -->\nbehind\n";
        assert_eq!(replace(page, "x", "new\n"), Ok(new.to_owned()));
        assert!(replace("no markers", "x", "new\n").is_err());
    }
}
