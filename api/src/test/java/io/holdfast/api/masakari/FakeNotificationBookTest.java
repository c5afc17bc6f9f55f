package io.holdfast.api.masakari;

class FakeNotificationBookTest extends NotificationBookContract {

    private final FakeNotificationBook book = new FakeNotificationBook();

    @Override
    protected NotificationBook book() {
        return book;
    }
}
