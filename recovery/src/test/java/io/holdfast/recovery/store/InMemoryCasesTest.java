package io.holdfast.recovery.store;

import io.holdfast.model.Fact;
import io.holdfast.recovery.CaseJournal;
import io.holdfast.recovery.sim.InMemoryCases;
import java.util.List;

class InMemoryCasesTest extends CaseJournalContract {

    private final InMemoryCases cases = new InMemoryCases();

    @Override
    CaseJournal journal() {
        return cases;
    }

    @Override
    List<String> factTypes() {
        return cases.facts().stream().map(Fact::type).toList();
    }
}
