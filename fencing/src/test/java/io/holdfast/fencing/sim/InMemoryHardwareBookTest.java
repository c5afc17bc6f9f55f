package io.holdfast.fencing.sim;

import io.holdfast.fencing.HardwareBook;
import io.holdfast.fencing.HardwareBookContract;
import io.holdfast.model.Fact;
import java.util.List;

final class InMemoryHardwareBookTest extends HardwareBookContract {

    private final InMemoryHardwareBook book = new InMemoryHardwareBook();

    @Override
    protected HardwareBook book() {
        return book;
    }

    @Override
    protected List<String> told() {
        return book.facts().stream().map(Fact::type).toList();
    }
}
