package io.holdfast.fencing.sim;

import io.holdfast.fencing.ReadinessBook;
import io.holdfast.fencing.ReadinessBookContract;
import io.holdfast.model.Fact;
import java.util.List;

final class InMemoryReadinessBookTest extends ReadinessBookContract {

    private final InMemoryReadinessBook book = new InMemoryReadinessBook();

    @Override
    protected ReadinessBook book() {
        return book;
    }

    @Override
    protected List<String> told() {
        return book.facts().stream().map(Fact::type).toList();
    }
}
