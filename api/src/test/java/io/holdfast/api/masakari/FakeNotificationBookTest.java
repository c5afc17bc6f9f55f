package io.holdfast.api.masakari;

import java.time.InstantSource;

class FakeNotificationBookTest extends NotificationBookContract {

    private final FakeNotificationBook book = new FakeNotificationBook(InstantSource.system());

    @Override
    protected NotificationBook book() {
        return book;
    }
}
