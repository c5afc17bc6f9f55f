package io.holdfast.api.audit;

final class FakeAuditBookTest extends AuditBookContract {

    private final FakeAuditBook book = new FakeAuditBook();

    @Override
    protected AuditBook book() {
        return book;
    }
}
