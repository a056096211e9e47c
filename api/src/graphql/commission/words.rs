//! Words about commission.

use cauri_domain::commission;

use crate::graphql::words::words;

words!(
    /// Who bears a commission.
    CommissionPayer {
        /// It is taken from the seller's part.
        Seller "seller",
        /// It is added on top of the price.
        Buyer "buyer",
        /// The platform, as an expense for promotion.
        Platform "platform",
    }
);
words!(
    /// What becomes of a commission when the buyer gets money back.
    CommissionRefundPolicy {
        /// It is given back in proportion.
        Return "return",
        /// It is kept.
        Keep "keep",
        /// The fixed steps, with their tax, are kept; the others are given back in proportion.
        KeepFixed "keep_fixed",
    }
);
words!(
    /// What a step of a commission rule is taken of.
    CommissionBase {
        /// The whole amount of the sale.
        Gross "gross",
        /// What the steps before left of it.
        Remainder "remainder",
    }
);
words!(
    /// What the rate of a tier is taken of.
    CommissionTiering {
        /// Each tier's rate is taken of the part of the base within that tier.
        Marginal "marginal",
        /// The rate of the tier that the base falls into is taken of the whole base.
        Whole "whole",
    }
);
words!(
    /// Whether a fee has its tax in it.
    TaxPlacement {
        /// The fee without its tax is what is left of the step.
        Inside "inside",
        /// The tax is taken besides the fee.
        OnTop "on_top",
    }
);
words!(
    /// Which revenue of the platform a step is.
    CommissionRevenue {
        /// `revenue:commission`
        Commission "commission",
        /// `revenue:fees`
        Fees "fees",
    }
);
words!(
    /// What revenue is told apart by, beside account and currency.
    RevenueDimension {
        /// By day, of UTC.
        Day "day",
        /// By the category that the command said, or the first of its story that said one.
        Category "category",
        /// By the dimension `store`.
        Store "store",
        /// By the commission rule that led to it.
        Rule "rule",
    }
);

impl From<CommissionPayer> for commission::Payer {
    fn from(word: CommissionPayer) -> Self {
        match word {
            CommissionPayer::Seller => Self::Seller,
            CommissionPayer::Buyer => Self::Buyer,
            CommissionPayer::Platform => Self::Platform,
        }
    }
}

impl From<CommissionRefundPolicy> for commission::RefundPolicy {
    fn from(word: CommissionRefundPolicy) -> Self {
        match word {
            CommissionRefundPolicy::Return => Self::Return,
            CommissionRefundPolicy::Keep => Self::Keep,
            CommissionRefundPolicy::KeepFixed => Self::KeepFixed,
        }
    }
}

impl From<CommissionBase> for commission::Base {
    fn from(word: CommissionBase) -> Self {
        match word {
            CommissionBase::Gross => Self::Gross,
            CommissionBase::Remainder => Self::Remainder,
        }
    }
}

impl From<CommissionTiering> for commission::Tiering {
    fn from(word: CommissionTiering) -> Self {
        match word {
            CommissionTiering::Marginal => Self::Marginal,
            CommissionTiering::Whole => Self::Whole,
        }
    }
}

impl From<TaxPlacement> for commission::Placed {
    fn from(word: TaxPlacement) -> Self {
        match word {
            TaxPlacement::Inside => Self::Inside,
            TaxPlacement::OnTop => Self::OnTop,
        }
    }
}
