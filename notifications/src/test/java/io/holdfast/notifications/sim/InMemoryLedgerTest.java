package io.holdfast.notifications.sim;

import io.holdfast.model.Fact;
import io.holdfast.model.ProjectId;
import io.holdfast.notifications.Ledger;
import io.holdfast.notifications.LedgerContract;
import java.util.Set;
import java.util.UUID;

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

    @Override
    protected void tag(UUID instance, ProjectId project, String tag) {
        ledger.tag(instance, Set.of(tag));
    }

    @Override
    protected void aggregate(UUID aggregate, String... hosts) {
        ledger.aggregate(aggregate, Set.of(hosts));
    }

    @Override
    protected void home(UUID instance, String host) {
        ledger.home(instance, host);
    }
}
