package io.holdfast.compute.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.store.InstanceChanges.Change;
import io.holdfast.model.FlavorId;
import io.holdfast.model.Generation;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.ImageId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.model.Resources;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class InstanceChangesTest {

    private final List<String> heard = new CopyOnWriteArrayList<>();

    @Test
    void changesArriveInOrderAndOlderOnesAreDropped() {
        InstanceChanges changes = listening();
        changes.committed(change(null, "v1", 1, false));
        changes.committed(change("v2", "v3", 3, false));
        changes.committed(change("v1", "v2", 2, false));
        changes.committed(change("v3", "v4", 4, false));
        changes.close();

        assertThat(heard).containsExactly("null > v1", "v1 > v3", "v3 > v4");
    }

    @Test
    void theFirstTellingOfANewControllerKnowsWhatWasBefore() {
        InstanceChanges changes = listening();
        changes.committed(change("v6", "v7", 7, false));
        changes.close();
        assertThat(heard).containsExactly("v6 > v7");
    }

    @Test
    void aLateVersionDoesNotBringADeletedInstanceBack() {
        InstanceChanges changes = listening();
        changes.committed(change("v4", "gone", 5, true));
        changes.committed(change("v3", "v4", 4, false));
        changes.close();
        assertThat(heard).containsExactly("v4 > gone");
    }

    @Test
    void aFailingListenerSilencesNobodyElse() {
        InstanceChanges changes = new InstanceChanges();
        changes.add((before, after) -> {
            throw new IllegalStateException("a defect");
        });
        changes.add((before, after) -> heard.add(after.name()));
        changes.committed(change(null, "v1", 1, false));
        changes.committed(change(null, "v2", 2, false));
        await().until(() -> heard.size() == 2);
        changes.close();
        changes.committed(change(null, "v3", 3, false));
        assertThat(heard).containsExactly("v1", "v2");
    }

    private InstanceChanges listening() {
        InstanceChanges changes = new InstanceChanges();
        changes.add((before, after) -> heard.add((before == null ? "null" : before.name()) + " > " + after.name()));
        return changes;
    }

    private static Change change(@Nullable String before, String after, long version, boolean gone) {
        return new Change(before == null ? null : instance(before), instance(after), version, gone);
    }

    private static Instance instance(String name) {
        return new Instance(
                InstanceId.of(new UUID(1, 1)),
                name,
                ProjectId.of("p"),
                "u",
                FlavorId.of("f"),
                new Resources(1, 1, 1),
                ImageId.of(new UUID(1, 2)),
                null,
                InstanceGoal.RUNNING,
                ActualState.RUNNING,
                false,
                null,
                null,
                null,
                Generation.of(1),
                HostEpoch.ZERO,
                RecoveryPolicy.NONE,
                "default",
                List.of(),
                Map.of(),
                Instant.EPOCH,
                Instant.EPOCH,
                null);
    }
}
