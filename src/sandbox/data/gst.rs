//! GSTR1_3B: the returns of a business. Each month's GSTR-1 lists what was sold, filed on the 11th of the month after;
//! its GSTR-3B, filed on the 20th, sums that up and sets off the tax on what was bought. There is no schema for the XML:
//! its names are those of Setu's documentation.

use jiff::civil::Date;

use super::super::domain::customer::Account;
use super::calendar::{at_time, months_after};
use super::dice::{Dice, Purpose};
use super::element::Element;
use super::filter::Direction;
use super::holder::names;
use super::transactions::{month_of, opening_date};
use super::window::{Window, rupees};

const STATES: [(&str, &str, &str); 4] = [
    ("29", "Karnataka", "Mysore"),
    ("27", "Maharashtra", "Nagpur"),
    ("33", "Tamil Nadu", "Salem"),
    ("24", "Gujarat", "Surat"),
];
/// Tax on sales, in percent.
const TAX: i64 = 18;

/// Taxable value and taxes of a sale, in paise: integrated between states, central and state within one.
#[derive(Clone, Copy, Default)]
struct Amounts {
    taxable: i64,
    integrated: i64,
    central: i64,
    state: i64,
}

struct Invoice {
    place: i64,
    day: Date,
    /// The code of the state that it was supplied to.
    supplied_to: &'static str,
    amounts: Amounts,
}

impl Amounts {
    fn tax(self) -> i64 {
        self.integrated + self.central + self.state
    }

    fn plus(self, other: Amounts) -> Amounts {
        Amounts {
            taxable: self.taxable + other.taxable,
            integrated: self.integrated + other.integrated,
            central: self.central + other.central,
            state: self.state + other.state,
        }
    }

    fn part(self, hundredths: i64) -> Amounts {
        Amounts {
            taxable: self.taxable * hundredths / 100,
            integrated: self.integrated * hundredths / 100,
            central: self.central * hundredths / 100,
            state: self.state * hundredths / 100,
        }
    }

    fn minus(self, other: Amounts) -> Amounts {
        Amounts {
            taxable: self.taxable - other.taxable,
            integrated: self.integrated - other.integrated,
            central: self.central - other.central,
            state: self.state - other.state,
        }
    }

    fn with_taxes(self, element: Element) -> Element {
        element
            .with("iamt", rupees(self.integrated))
            .with("camt", rupees(self.central))
            .with("samt", rupees(self.state))
            .with("csamt", rupees(0))
    }

    fn in_full(self, name: &'static str, xml_name: &'static str) -> Element {
        self.with_taxes(Element::named(name, xml_name).with("txval", rupees(self.taxable)))
    }
}

fn dice(account: &Account, index: i64) -> Dice {
    Dice::new(account.key, Purpose::Business).at(index)
}

fn home_state(account: &Account) -> (&'static str, &'static str, &'static str) {
    dice(account, 0).pick(&STATES)
}

pub(super) fn profile(account: &Account) -> Element {
    let (first, last) = names(account);
    let (_, state, district) = home_state(account);
    let address = Element::new("address")
        .with("bno", (1 + dice(account, 1).below(90)).to_string())
        .with("flno", (1 + dice(account, 2).below(9)).to_string())
        .with("bnm", "Mirage House")
        .with("st", "Specimen Street")
        .with("loc", "Nowhere")
        .with("dst", district)
        .with("stcd", state)
        .with(
            "pncd",
            (100_000 + dice(account, 3).below(900_000)).to_string(),
        );
    Element::new("profile")
        .child(
            Element::new("businessDetails")
                .with("lgnm", format!("{first} {last}"))
                .with("trdnm", format!("{last} & Sons"))
                .with("apprvdt", opening_date(account).to_string())
                .with("dty", "Regular")
                .with("iscmp", "No")
                .with("sts", "Active")
                .child(Element::new("categoryList").texts("cat", vec!["Packaging & paper goods"])),
        )
        .child(
            Element::new("placeofBusiness").child(address).child(
                Element::new("natureOfBusinessList")
                    .texts("ntr", vec!["WHOLESALE_BUSINESS", "RETAIL_BUSINESS"]),
            ),
        )
}

/// The sales of a month.
fn invoices(account: &Account, first: Date) -> Vec<Invoice> {
    let dice = Dice::new(account.key, Purpose::Return).at(month_of(first));
    let count = 1 + dice.at(0).below(3) as i64;
    (0..count)
        .map(|place| {
            let one = dice.at(1 + place);
            let taxable = (5_000 + one.at(0).below(95_000) as i64) * 100;
            let supplied_to = one.at(1).pick(&STATES).0;
            let tax = taxable * TAX / 100;
            let at_home = supplied_to == home_state(account).0;
            let day = 1 + (place * 9 + one.at(2).below(9) as i64);
            Invoice {
                place,
                day: Date::new(first.year(), first.month(), day as i8).unwrap_or(first),
                supplied_to,
                amounts: Amounts {
                    taxable,
                    integrated: if at_home { 0 } else { tax },
                    central: if at_home { tax / 2 } else { 0 },
                    state: if at_home { tax - tax / 2 } else { 0 },
                },
            }
        })
        .collect()
}

/// Returns appear by the day on which they were filed. A filter sees a GSTR-1 as a credit of all its invoices, a GSTR-3B
/// as a debit of the tax that was paid.
pub(super) fn transactions(account: &Account, window: &Window<'_>) -> Element {
    let opened = opening_date(account);
    let from = window.from().date().max(opened);
    let first = Date::new(from.year(), from.month(), 1).unwrap_or(opened);
    let last = month_of(window.to.date());
    let mut sales = Vec::new();
    let mut taxes = Vec::new();
    for month in -1..=last - month_of(first) {
        let period = months_after(first, month);
        if period < opened {
            continue;
        }
        let filed_in = months_after(period, 1);
        let filed = |day: i8| Date::new(filed_in.year(), filed_in.month(), day).unwrap_or(filed_in);
        let invoices = invoices(account, period);
        let total = invoices
            .iter()
            .fold(Amounts::default(), |sum, invoice| sum.plus(invoice.amounts));
        let credit = tax_credit(account, period, total);
        let (sold_on, taxed_on) = (filed(11), filed(20));
        if window.shows(
            at_time(sold_on, 43_200),
            Direction::Credit,
            total.taxable + total.tax(),
        ) {
            sales.push(sales_return(account, period, sold_on, &invoices));
        }
        let paid = total.minus(credit).tax();
        if window.shows(at_time(taxed_on, 43_200), Direction::Debit, paid) {
            taxes.push(tax_return(period, taxed_on, total, credit));
        }
    }
    Element::new("transactions")
        .with("strdt", window.start_date())
        .with("endt", window.end_date())
        .child(Element::new("gstr1Details").list("gstr1", sales))
        .child(Element::new("gstr3bDetails").list("gstr3b", taxes))
}

/// The tax on what was bought in a month: a part of that on what was sold.
fn tax_credit(account: &Account, period: Date, total: Amounts) -> Amounts {
    let dice = Dice::new(account.key, Purpose::Return).at(month_of(period));
    total.part(40 + dice.at(9).below(50) as i64)
}

fn filed_return(name: &'static str, period: Date, filed: Date) -> Element {
    Element::named(name, name)
        .with_names(
            "retPrd",
            "ret_prd",
            format!("{:02}{}", period.month(), period.year()),
        )
        .with("dof", filed.to_string())
        .with("status", "PROCESSED")
        .with("filingFrequency", "MONTHLY")
}

fn sales_return(account: &Account, period: Date, filed: Date, invoices: &[Invoice]) -> Element {
    let list = invoices
        .iter()
        .map(|invoice| business_invoice(account, invoice))
        .collect();
    filed_return("gstr1", period, filed)
        .child(Element::named("b2bDtls", "b2b_dtls").list("b2b", list))
}

fn business_invoice(account: &Account, invoice: &Invoice) -> Element {
    let dice = Dice::new(account.key, Purpose::Narration)
        .at(month_of(invoice.day))
        .at(invoice.place);
    let amounts = invoice.amounts;
    let number = format!(
        "S{:04}{:02}{:02}",
        invoice.day.year(),
        invoice.day.month(),
        invoice.place + 1
    );
    Element::named("b2b", "b2b")
        .with(
            "ctin",
            format!(
                "{}{}{}{}1Z{}",
                invoice.supplied_to,
                dice.at(0).capitals(5),
                dice.at(1).digits(4),
                dice.at(2).capitals(1),
                dice.at(3).digits(1)
            ),
        )
        .with("inum", number)
        .with("idt", invoice.day.to_string())
        .with("val", rupees(amounts.taxable + amounts.tax()))
        .with("pos", invoice.supplied_to)
        .with("rchrg", "N")
        .with_names("invTyp", "inv_typ", "R")
        .child(Element::named("itmDet", "itm_det").child(amounts.in_full("itm", "itm")))
}

/// `total` is the month's sales, `credit` the tax on its purchases; the rest is paid.
fn tax_return(period: Date, filed: Date, total: Amounts, credit: Amounts) -> Element {
    let none = Amounts::default();
    let net = credit.with_taxes(Element::named("itcNet", "itc_net"));
    filed_return("gstr3b", period, filed)
        .child(
            Element::named("supDetails", "sup_details")
                .child(total.in_full("osupDet", "osup_det"))
                .child(none.in_full("osupZero", "osup_zero"))
                .child(none.in_full("osupNilExmp", "osup_nil_exmp"))
                .child(none.in_full("isupRev", "isup_rev"))
                .child(none.in_full("osupNongst", "osup_nongst")),
        )
        .child(
            Element::named("itcElg", "itc_elg")
                .child(Element::named("itcAvlList", "itc_avl_list").list(
                    "itcAvl",
                    vec![
                        credit.with_taxes(Element::named("itcAvl", "itc_avl").with("type", "OTH")),
                    ],
                ))
                .child(Element::named("itcRevList", "itc_rev_list").list(
                    "itcRev",
                    vec![none.with_taxes(Element::named("itcRev", "itc_rev").with("type", "OTH"))],
                ))
                .child(net),
        )
        .child(
            Element::named("intrLtfee", "intr_ltfee")
                .child(none.with_taxes(Element::named("intrDetails", "intr_details"))),
        )
        .child(Element::named("pdcashDtls", "pdcash_dtls").list(
            "pdcashList",
            vec![
                    Element::named("pdcashList", "pdcash_list").child(paid_in_cash(
                        total.minus(credit),
                    )),
                ],
        ))
}

fn paid_in_cash(due: Amounts) -> Element {
    Element::named("pdcash", "pdcash")
        .with_names("transDesc", "trans_desc", "Other than reverse charge")
        .with("ipd", rupees(due.integrated))
        .with("cpd", rupees(due.central))
        .with("spd", rupees(due.state))
        .with("cspd", rupees(0))
}
