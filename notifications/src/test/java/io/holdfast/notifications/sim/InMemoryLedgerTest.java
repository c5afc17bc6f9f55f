package io.holdfast.notifications.sim;

import io.holdfast.model.Fact;
import io.holdfast.notifications.Ledger;
import io.holdfast.notifications.LedgerContract;

class InMemoryLedgerTest extends LedgerContract {

    private final InMemoryLedger ledger = new InMemoryLedger();

    @Override
    protected Ledger ledger() {
        return ledger;
    }

    @Override
    protected void append(Fact fact) {
        ledger.append(fact);
    }
}
