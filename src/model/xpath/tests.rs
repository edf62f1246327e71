use super::*;
use serde_json::json;

const FI: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!-- one account -->
<Account xmlns="http://api.rebit.org.in/FISchema/deposit" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xsi:schemaLocation="deposit.xsd" type="deposit" version="1.2" linkedAccRef="ref-1">
  <Profile>
    <Holders type="JOINT">
      <Holder name="Asha Rao" pan="AAAPR1234C"/>
      <Holder name="Ravi Rao" pan="BBBPR1234C"/>
    </Holders>
  </Profile>
  <Summary currentBalance="1500.50" currency="INR"><Pending amount="20"/></Summary>
  <Transactions>
    <Transaction type="CREDIT" amount="1000.00" txnId="T1">salary &amp; bonus</Transaction>
    <Transaction type="DEBIT" amount="250.25" txnId="T2"><![CDATA[rent <2025>]]></Transaction>
    <Transaction type="DEBIT" amount="30" txnId="T3">tea<?note paid cash?></Transaction>
  </Transactions>
  <o:Other xmlns:o="urn:other" o:type="x" xml:lang="en-IN"><o:Deep>1</o:Deep></o:Other>
</Account>"#;

fn all(source: &str, xml: &str) -> Value {
    match XPath::compile(source)
        .unwrap_or_else(|error| panic!("{source}: {error:?}"))
        .find(xml, Wanted::All)
        .unwrap_or_else(|why| panic!("{source}: {why}"))
    {
        Found::Nodes(texts) => json!(texts),
        Found::One(value) => value,
        Found::Missing(_) => json!([]),
    }
}

#[test]
fn paths_give_the_texts_of_nodes_in_the_order_of_the_document() {
    for (source, expected) in [
        ("//Account/@type", json!(["deposit"])),
        ("/Account/@version", json!(["1.2"])),
        ("/ Account / Summary / @currency", json!(["INR"])),
        ("//Transaction/@txnId", json!(["T1", "T2", "T3"])),
        (
            "//Transaction",
            json!(["salary & bonus", "rent <2025>", "tea"]),
        ),
        ("//Transaction[2]/@txnId", json!(["T2"])),
        ("//Transaction[last()]/@txnId", json!(["T3"])),
        ("//Transaction[position() > 1]/@txnId", json!(["T2", "T3"])),
        (
            "//Transaction[@type='DEBIT']/@amount",
            json!(["250.25", "30"]),
        ),
        ("//Transaction[@type='DEBIT'][1]/@amount", json!(["250.25"])),
        ("//Transaction[@amount > 100]/@txnId", json!(["T1", "T2"])),
        (
            "//Transaction[@amount >= 30 and @type != 'CREDIT']/@txnId",
            json!(["T2", "T3"]),
        ),
        ("//Transaction[1.5]", json!([])),
        ("(//Holder)[2]/@name", json!(["Ravi Rao"])),
        ("(//Holder | //Summary)[last()]/@currency", json!(["INR"])),
        (
            "//Holder[1]/@pan | //Holder[2]/@pan",
            json!(["AAAPR1234C", "BBBPR1234C"]),
        ),
        ("//Summary/@* ", json!(["1500.50", "INR"])),
        ("//Pending/../@currency", json!(["INR"])),
        ("//Pending/ancestor::*/@type", json!(["deposit"])),
        ("//Pending/ancestor::*[1]/@currency", json!(["INR"])),
        (
            "//Holder[2]/preceding-sibling::Holder/@name",
            json!(["Asha Rao"]),
        ),
        (
            "//Transaction[3]/preceding-sibling::*[1]/@txnId",
            json!(["T2"]),
        ),
        (
            "//Transaction[1]/following-sibling::*[1]/@txnId",
            json!(["T2"]),
        ),
        ("//Summary/following::Transaction[1]/@txnId", json!(["T1"])),
        ("//Summary/preceding::Holder[1]/@name", json!(["Ravi Rao"])),
        ("//Pending/preceding::Summary/@currency", json!([])),
        ("//@amount/parent::Pending/@amount", json!(["20"])),
        ("/descendant::Holder[2]/@name", json!(["Ravi Rao"])),
        (
            "//Holders/descendant-or-self::*[@type]/@type",
            json!(["JOINT"]),
        ),
        ("//Holders/self::Holders/@type", json!(["JOINT"])),
        (
            "//self::Profile/child::Holders/attribute::type",
            json!(["JOINT"]),
        ),
        ("//Transaction[3]/text()", json!(["tea"])),
        ("//processing-instruction('note')", json!(["paid cash"])),
        ("/comment()", json!([" one account "])),
        ("//Transaction[. = 'tea']/@txnId", json!(["T3"])),
        ("//Transaction[contains(., 'rent')]/@txnId", json!(["T2"])),
        ("//*[starts-with(@pan, 'BBB')]/@name", json!(["Ravi Rao"])),
        ("//*[local-name() = 'Deep']", json!(["1"])),
        ("//*[not(*) and @name][last()]/@name", json!(["Ravi Rao"])),
        ("/", json!([all("string(/)", FI)])),
        // Names: without a prefix in any namespace, with one in what it stands for there.
        ("//Deep", json!(["1"])),
        ("//o:Deep", json!(["1"])),
        ("//o:*[@type]/o:Deep", json!(["1"])),
        ("//x:Deep", json!([])),
        ("//Other/@type", json!(["x"])),
        ("//Other/@o:type", json!(["x"])),
        ("//Account/@xsi:*", json!(["deposit.xsd"])),
        ("//Other/@xml:lang", json!(["en-IN"])),
        ("//Other[lang('EN')]/Deep", json!(["1"])),
        ("//div/div | //Deep", json!(["1"])),
    ] {
        assert_eq!(all(source, FI), expected, "{source}");
    }
}

#[test]
fn other_expressions_give_one_value() {
    for (source, expected) in [
        ("count(//Transaction)", json!(3)),
        ("sum(//Transaction/@amount)", json!(1280.25)),
        ("count(//Transaction[@type = 'DEBIT']) = 2", json!(true)),
        ("//Transaction/@amount > 900", json!(true)),
        ("//Transaction/@amount > 1000", json!(false)),
        // Of several nodes, one that fits is enough, for `!=` too.
        ("//Transaction/@type != 'CREDIT'", json!(true)),
        ("//Transaction/@type = 'CREDIT'", json!(true)),
        ("not(//Transaction/@type = 'CREDIT')", json!(false)),
        ("//Nothing != 'x'", json!(false)),
        ("//Nothing = false()", json!(true)),
        ("//Holder/@name != //Holder/@name", json!(true)),
        ("//Holder[1]/@name != //Holder[1]/@name", json!(false)),
        ("//Pending/@amount < //Transaction/@amount", json!(true)),
        ("//Pending/@amount > //Transaction/@amount", json!(false)),
        ("30 >= //Transaction/@amount", json!(true)),
        ("string(//Holder/@name)", json!("Asha Rao")),
        ("string(//Nothing)", json!("")),
        ("name(//Deep)", json!("o:Deep")),
        ("name(//@o:type)", json!("o:type")),
        ("local-name(//Deep)", json!("Deep")),
        ("namespace-uri(//Deep)", json!("urn:other")),
        (
            "namespace-uri(//Summary)",
            json!("http://api.rebit.org.in/FISchema/deposit"),
        ),
        ("namespace-uri(//Summary/@currency)", json!("")),
        (
            "concat(//Holder[1]/@pan, '-', 1.0, true())",
            json!("AAAPR1234C-1true"),
        ),
        ("substring('12345', 2, 3)", json!("234")),
        ("substring('12345', 2)", json!("2345")),
        ("substring('12345', 1.5, 2.6)", json!("234")),
        ("substring('12345', 0, 3)", json!("12")),
        ("substring('12345', 0 div 0, 3)", json!("")),
        ("substring('12345', 1, 0 div 0)", json!("")),
        ("substring('12345', -42, 1 div 0)", json!("12345")),
        ("substring('12345', -1 div 0, 1 div 0)", json!("")),
        ("substring-before('1999/04/01', '/')", json!("1999")),
        ("substring-after('1999/04/01', '/')", json!("04/01")),
        ("substring-after('a', 'b')", json!("")),
        ("string-length('é€')", json!(2)),
        ("normalize-space('  a \n b ')", json!("a b")),
        ("translate('bar', 'abc', 'AB')", json!("BAr")),
        ("translate('--aaa--', 'abc-', 'ABC')", json!("AAA")),
        ("number('  -1.5 ')", json!(-1.5)),
        ("number(true()) + 1", json!(2)),
        ("string(number('1e3'))", json!("NaN")),
        ("string(1 div 0)", json!("Infinity")),
        ("string(-1 div 0)", json!("-Infinity")),
        ("string(-0)", json!("0")),
        ("string(0.1 + 0.2)", json!("0.30000000000000004")),
        (
            "string(100000000000000000000)",
            json!("100000000000000000000"),
        ),
        ("floor(-1.5)", json!(-2)),
        ("ceiling(1.2)", json!(2)),
        ("round(2.5)", json!(3)),
        ("round(-2.5)", json!(-2)),
        ("round(0.49999999999999994)", json!(0)),
        ("5 mod 2", json!(1)),
        ("5 mod -2", json!(1)),
        ("-5 mod 2", json!(-1)),
        ("6 div 4", json!(1.5)),
        ("1 + 2 * 3 - 4", json!(3)),
        ("(1 + 2) * 3", json!(9)),
        ("--1", json!(1)),
        ("-//Pending/@amount", json!(-20)),
        ("1 < 2 = true()", json!(true)),
        ("2 > 1 or 1 div 0 = 0", json!(true)),
        ("boolean('false')", json!(true)),
        ("boolean(0 div 0)", json!(false)),
        ("'a' = \"a\"", json!(true)),
        ("'1' = 1.0", json!(true)),
        ("true() = 'x'", json!(true)),
        ("'b' > 'a'", json!(false)),
        ("count(//Transaction/ancestor-or-self::node())", json!(6)),
        ("count(//@*[parent::Summary])", json!(2)),
        ("count(/Account/div)", json!(0)),
        (
            "string(//Transaction[position() mod 2 = 0]/@txnId)",
            json!("T2"),
        ),
        ("last()", json!(1)),
    ] {
        assert_eq!(all(source, FI), expected, "{source}");
    }
}

#[test]
fn the_first_node_is_enough_where_one_is_wanted() {
    let found = |source: &str| XPath::compile(source).unwrap().find(FI, Wanted::First);
    assert_eq!(
        found("//Transaction/@txnId"),
        Ok(Found::Nodes(vec!["T1".into()]))
    );
    assert_eq!(found("count(//Holder)"), Ok(Found::One(json!(2))));
    let why = found("number(//Holder/@name)").unwrap_err();
    assert!(why.contains("NaN"), "{why}");
}

#[test]
fn a_path_that_finds_nothing_tells_how_far_it_got() {
    for (source, story) in [
        (
            "//Account/Sumary/@currency",
            "nothing is at `/Sumary/@currency` in `//Account`, which is there; it has `Other`, `Profile`, `Summary`, `Transactions`",
        ),
        (
            "//Transaction/@currency",
            "nothing is at `/@currency` in `//Transaction`, which is there 3 times; the first has `@amount`, `@txnId`, `@type`",
        ),
        (
            "//Transaction[@type = 'X']/@amount",
            "nothing is at `//Transaction[@type = 'X']/@amount` in the document",
        ),
        (
            "/Accounts",
            "nothing is at `/Accounts` in the document; it has `Account`",
        ),
        ("//Deposit", "nothing is at `//Deposit` in the document"),
        (
            "(//Holder)[1]/Nominee",
            "nothing is at `/Nominee` in `(//Holder)[1]`, which is there",
        ),
        ("//a | //b", "no part of it finds a node"),
    ] {
        let found = XPath::compile(source).unwrap().find(FI, Wanted::First);
        assert_eq!(found, Ok(Found::Missing(story.into())), "{source}");
    }
}

#[test]
fn mistakes_are_told_at_their_place() {
    for (source, part, message, hint) in [
        ("", "", "cannot be empty", "//Account"),
        ("//", "", "ends too early", ""),
        ("//Account[", "", "ends too early", ""),
        ("//Account[1", "", "`]` is missing", ""),
        ("//Account]", "]", "`]` cannot stand here", ""),
        ("//Account/@", "", "ends too early", ""),
        ("//Account//", "", "ends too early", ""),
        ("a b", "b", "`b` cannot stand here", ""),
        ("count(//a", "", "`)` is missing", ""),
        ("'a", "'", "`'` is not closed", "other `'`"),
        ("a ! b", "!", "`!` means nothing", ""),
        ("//a[@b == 1]", "=", "a name is missing", ""),
        ("$x", "$", "no variables", ""),
        ("conut(//a)", "conut", "no function", "did you mean `count`"),
        ("id('a')", "id", "no function", "@id"),
        (
            "ends-with(//a, 'b')",
            "ends-with",
            "no function",
            "XPath 1.0",
        ),
        ("count('a')", "'a'", "takes nodes, and this is text", ""),
        ("sum(1)", "1", "takes nodes, and this is a number", ""),
        ("count()", "count()", "takes one argument, here are 0", ""),
        (
            "contains(//a)",
            "contains(//a)",
            "takes 2 arguments, here are 1",
            "",
        ),
        ("concat('a')", "concat('a')", "at least 2 arguments", ""),
        ("true(1)", "true(1)", "takes nothing", ""),
        ("substring('a')", "substring('a')", "2 or 3 arguments", ""),
        ("//a | 1", "1", "joins nodes, and this is a number", ""),
        ("'a'/b", "'a'", "look into nodes, and this is text", ""),
        ("count(//a)[1]", "count(//a)[1]", "look into nodes", ""),
        (
            "namespace::*",
            "namespace",
            "namespace axis",
            "namespace-uri()",
        ),
        (
            "parnt::a",
            "parnt",
            "no axis `parnt`",
            "did you mean `parent`",
        ),
        ("//a/.[1]", "[", "`.` takes no predicate", "self::node()"),
        ("//a/count(b)", "count", "no step of a path", ""),
        ("//a/1", "1", "a name is missing", ""),
        ("node(1)", "1", "`)` is missing", ""),
        ("//é#", "#", "means nothing", ""),
        ("a:", ":", "cannot stand here", ""),
    ] {
        let error = XPath::compile(source).expect_err(source);
        assert!(error.message.contains(message), "{source}: {error:?}");
        assert!(
            error.hint.as_deref().unwrap_or("").contains(hint),
            "{source}: {error:?}"
        );
        assert_eq!(
            source.get(error.range.clone()),
            Some(part),
            "{source}: {error:?}"
        );
    }
}

#[test]
fn hostile_expressions_are_refused() {
    for source in [
        "(".repeat(4000),
        format!("{}1", "-".repeat(4000)),
        format!("a{}", "[a".repeat(1300)),
        format!("1{}", "+1".repeat(2000)),
        format!("a{}", "|a".repeat(2000)),
        format!("//{}", "a".repeat(5000)),
        "boolean(".repeat(500),
    ] {
        assert!(XPath::compile(&source).is_err(), "{}", &source[..20]);
    }
}

#[test]
fn xml_that_is_none_or_too_much_is_refused() {
    let many_attributes: String = (0..1001).map(|index| format!(" a{index}='1'")).collect();
    let namespaces: String = (0..900)
        .map(|index| format!(" xmlns:a{index}='u:{index}'"))
        .collect();
    let bomb = r#"<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>"#;
    for (xml, why) in [
        (String::new(), "it is empty"),
        (" \n".into(), "it is empty"),
        ("{}".into(), "it is not XML"),
        ("plain text".into(), "it is not XML"),
        ("<a><b></a>".into(), "it is not XML"),
        ("<a".into(), "it is not XML"),
        ("<a b='".into(), "it is not XML"),
        ("<a><![CDATA[".into(), "it is not XML"),
        ("<a>&undefined;</a>".into(), "it is not XML"),
        ("<a/><b/>".into(), "it is not XML"),
        ("<x:a/>".into(), "it is not XML"),
        (bomb.into(), "it has a DOCTYPE"),
        (
            "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>".into(),
            "it has a DOCTYPE",
        ),
        ("<a>".repeat(100_000), "more than 500 elements deep"),
        (
            format!("{}{}", "<a>".repeat(501), "</a>".repeat(501)),
            "more than 500 elements deep",
        ),
        (
            format!("<a{many_attributes}/>"),
            "more than 1000 attributes",
        ),
        (
            format!("<a{namespaces}>{}</a>", "<b xmlns='u'/>".repeat(20_000)),
            "too many namespaces",
        ),
        (
            format!("<a>{}</a>", "<b/>".repeat(1_000_001)),
            "more than 1000000 nodes",
        ),
    ] {
        let told = XPath::compile("//a").unwrap().find(&xml, Wanted::First);
        let told = told.expect_err(&xml[..xml.len().min(40)]);
        assert!(told.contains(why), "{}: {told}", &xml[..xml.len().min(40)]);
    }
    let deep = format!("{}x{}", "<a>".repeat(499), "</a>".repeat(499));
    assert_eq!(all("count(//a)", &deep), json!(499));
    assert_eq!(all("string(/)", &deep), json!("x"));
    // What looks like depth and is none.
    let shallow = format!(
        "\u{feff}<a><!-- {0} --><![CDATA[{0}]]>{1}</a>",
        "<b>".repeat(600),
        "<b c='/>'></b><b/>".repeat(600)
    );
    assert_eq!(all("count(//b)", &shallow), json!(1200));
}

#[test]
fn an_answer_that_costs_too_much_is_given_up() {
    let wide = format!("<a>{}</a>", "<b>1</b>".repeat(3000));
    for source in [
        "//b[count(preceding::b) > count(following::b)]",
        "//b[//b[//b]]",
        "count(//b[. = //b][count(//b) = //b])",
    ] {
        let told = XPath::compile(source).unwrap().find(&wide, Wanted::First);
        assert!(
            told.as_ref().is_err_and(|why| why.contains("too long")),
            "{source}: {told:?}"
        );
    }
    assert_eq!(all("count(//b[. = 1])", &wide), json!(3000));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, cases: 3000, ..Default::default() })]

    #[test]
    fn any_expression_is_answered_or_refused_at_a_place_in_it(
        parts in proptest::collection::vec(proptest::sample::select(vec![
            "/", "//", "..", ".", "@", "*", "[", "]", "(", ")", "a", "Holder", "é", " ", "'", "'x'", "=", "!=", "<", "-", "|", "+", ",",
            "1", "1.", ".5", "and", "div", "count(", "string(", "last()", "node()", "text()", "self::", "ancestor::", "::", ":", "o:Deep", "$",
        ]), 0..12),
    ) {
        let source = parts.concat();
        match XPath::compile(&source) {
            Ok(xpath) => if let Ok(found) = xpath.find(FI, Wanted::All) {
                proptest::prop_assert_eq!(xpath.gives_nodes(), !matches!(found, Found::One(_)));
            },
            Err(error) => proptest::prop_assert!(source.get(error.range.clone()).is_some(), "{source} {error:?}"),
        }
    }

    #[test]
    fn any_text_is_read_or_refused_as_xml(
        parts in proptest::collection::vec(proptest::sample::select(vec![
            "<a>", "</a>", "<a", ">", "/>", " b='1'", " xmlns='u'", "'", "\"", "<!--", "-->", "<![CDATA[", "]]>", "<?p ", "?>", "&amp;", "&", "é", "x", "<",
        ]), 0..12),
    ) {
        let _ = XPath::compile("//@b | //a").map(|xpath| xpath.find(&parts.concat(), Wanted::All));
    }
}
