//! Which accounts a mobile number has.

use super::super::domain::customer::{Account, AccountType};
use super::super::domain::session::FetchOutcome;
use super::super::domain::terms::FiType;
use super::super::ids::Ids;
use super::dice::{Dice, Purpose};

pub(crate) const DEFAULT_TRANSACTIONS_A_YEAR: u32 = 24;

/// An account as a set-up describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AccountPlan {
    pub(crate) fip_id: String,
    pub(crate) fi_type: FiType,
    pub(crate) account_type: AccountType,
    pub(crate) transactions_a_year: u32,
    pub(crate) outcome: FetchOutcome,
}

/// The accounts of a customer whom no set-up describes: DEPOSIT accounts at Setu's two FIPs, and one account of every
/// other type at a FIP that is active.
pub(crate) fn default_plans() -> Vec<AccountPlan> {
    [
        ("setu-fip", FiType::Deposit, AccountType::Savings),
        ("setu-fip", FiType::Deposit, AccountType::Current),
        ("setu-fip-2", FiType::Deposit, AccountType::Savings),
        ("setu-fip", FiType::TermDeposit, AccountType::Other),
        ("setu-fip-2", FiType::RecurringDeposit, AccountType::Other),
        (
            "imaginary-registrar",
            FiType::MutualFunds,
            AccountType::Other,
        ),
        ("fictional-depository", FiType::Equities, AccountType::Other),
        ("fictional-depository", FiType::Etf, AccountType::Other),
        ("dreamland-pensions", FiType::Nps, AccountType::Other),
        (
            "storybook-insurance",
            FiType::InsurancePolicies,
            AccountType::Other,
        ),
        ("sample-tax-office", FiType::Gstr1And3b, AccountType::Other),
        ("imaginary-registrar", FiType::Sip, AccountType::Other),
        ("imaginary-registrar", FiType::Cis, AccountType::Other),
        ("imaginary-registrar", FiType::Aif, AccountType::Other),
        ("fictional-depository", FiType::Bonds, AccountType::Other),
        (
            "fictional-depository",
            FiType::Debentures,
            AccountType::Other,
        ),
        (
            "fictional-depository",
            FiType::GovtSecurities,
            AccountType::Other,
        ),
        ("fictional-depository", FiType::Cp, AccountType::Other),
        ("fictional-depository", FiType::Idr, AccountType::Other),
        ("fictional-depository", FiType::Invit, AccountType::Other),
        ("fictional-depository", FiType::Reit, AccountType::Other),
    ]
    .into_iter()
    .map(|(fip_id, fi_type, account_type)| AccountPlan {
        fip_id: fip_id.to_owned(),
        fi_type,
        account_type,
        transactions_a_year: DEFAULT_TRANSACTIONS_A_YEAR,
        outcome: FetchOutcome::Ready,
    })
    .collect()
}

/// The accounts that plans mean for a mobile number. An account is known by its place among those at its FIP, so
/// describing one differently changes none of the others.
pub(crate) fn accounts(ids: Ids, mobile: &str, plans: &[AccountPlan]) -> Vec<Account> {
    let holder_key = ids.key("holder", &[mobile]);
    let mut accounts: Vec<Account> = Vec::with_capacity(plans.len());
    for plan in plans {
        let place = accounts
            .iter()
            .filter(|account| account.fip_id == plan.fip_id)
            .count()
            .to_string();
        let name = [mobile, plan.fip_id.as_str(), place.as_str()];
        let key = ids.key("account", &name);
        let mut number = Dice::new(key, Purpose::MaskedNumber).below(10_000);
        // Setu's own stubs that fail can be told by their numbers.
        let mask = match plan.outcome {
            FetchOutcome::Ready => "XXXXXXXX",
            _ => "FAILUREXXXX",
        };
        let masked = |number: u64| format!("{mask}{number:04}");
        // Accounts are chosen by their masked numbers, so a customer's must differ.
        while accounts
            .iter()
            .any(|account| account.masked_number == masked(number))
        {
            number = (number + 1) % 10_000;
        }
        accounts.push(Account {
            fip_id: plan.fip_id.clone(),
            fi_type: plan.fi_type,
            account_type: plan.account_type,
            masked_number: masked(number),
            link_reference: ids.uuid_of("link", &name),
            mobile: mobile.to_owned(),
            transactions_a_year: plan.transactions_a_year,
            outcome: plan.outcome,
            key,
            holder_key,
        });
    }
    accounts
}
