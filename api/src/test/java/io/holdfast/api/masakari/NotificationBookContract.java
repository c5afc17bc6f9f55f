package io.holdfast.api.masakari;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.MonitorSettings.Trust;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostId;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What every book of notifications does. */
public abstract class NotificationBookContract {

    private static final HostId H1 = HostId.of("h1");
    private static final UUID H1_ID = new UUID(1, 1);
    private static final LocalDateTime THEN = LocalDateTime.of(2026, 1, 2, 3, 4, 5, 678_000_000);

    protected abstract NotificationBook book();

    /** As it comes, with a number that means nothing. */
    protected static Notification word(Notification.Type type, String host, UUID hostId, LocalDateTime at) {
        return new Notification(
                77,
                UUID.randomUUID(),
                type,
                HostId.of(host),
                hostId,
                at,
                "{\"event\":\"STOPPED\"}",
                "pacemaker",
                Trust.SUSPECTS,
                Notification.Status.NEW,
                "",
                null,
                Instant.now().truncatedTo(ChronoUnit.MICROS),
                null);
    }

    private Notification add(Notification.Type type, String host, UUID hostId, LocalDateTime at) {
        return book().add(word(type, host, hostId, at));
    }

    @Test
    void whatIsAddedIsFoundAsItWas() {
        Notification added = add(Notification.Type.PROCESS, "h1", H1_ID, THEN);
        assertThat(book().find(added.uuid())).contains(added);
        assertThat(added.generatedAt()).isEqualTo(THEN);
        assertThat(added.trust()).isEqualTo(Trust.SUSPECTS);
        assertThat(added.updatedAt()).isNull();
        assertThat(book().find(UUID.randomUUID())).isEmpty();
    }

    @Test
    void whatBecameOfItIsKept() {
        Notification added = add(Notification.Type.COMPUTE_HOST, "h1", H1_ID, THEN);
        CaseId of = CaseId.of(UUID.randomUUID());
        book().update(added.as(
                Notification.Status.FINISHED, "all moved", of, added.createdAt().plusSeconds(9)));
        assertThat(book().find(added.uuid())).hasValueSatisfying(now -> {
            assertThat(now.status()).isEqualTo(Notification.Status.FINISHED);
            assertThat(now.reason()).isEqualTo("all moved");
            assertThat(now.caseId()).isEqualTo(of);
            assertThat(now.updatedAt()).isEqualTo(added.createdAt().plusSeconds(9));
        });
    }

    @Test
    void listsAreFilteredAndNewestFirst() {
        Notification first = add(Notification.Type.COMPUTE_HOST, "h1", H1_ID, THEN);
        Notification second = add(Notification.Type.VM, "h1", H1_ID, THEN.plusHours(1));
        Notification other = add(Notification.Type.VM, "h2", new UUID(1, 2), THEN.plusHours(2));
        assertThat(book().list(null, null, null)).containsExactly(other, second, first);
        assertThat(book().list(H1_ID, null, null)).containsExactly(second, first);
        assertThat(book().list(null, Notification.Type.VM, null)).containsExactly(other, second);
        assertThat(book().list(null, null, THEN.plusHours(1))).containsExactly(other, second);
        assertThat(book().list(H1_ID, Notification.Type.VM, THEN.plusHours(2))).isEmpty();
        assertThat(book().recent(H1, Instant.now().minusSeconds(60))).containsExactly(second, first);
        assertThat(book().recent(H1, Instant.now().plusSeconds(60))).isEmpty();
    }
}
