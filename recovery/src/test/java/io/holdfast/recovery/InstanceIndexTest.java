package io.holdfast.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.Instance;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.recovery.core.CaseState.Affected;
import java.util.List;
import org.junit.jupiter.api.Test;

final class InstanceIndexTest {

    private final World world = new World();
    private final HostId h1 = world.host("h1");
    private final InstanceIndex index = new InstanceIndex();

    @Test
    void aNewLeaderForgetsWhatAnotherControllerDeletedAndLearnsWhatItMade() {
        InstanceId kept = world.instance("kept", h1, RecoveryPolicy.AUTOMATIC);
        InstanceId deleted = world.instance("deleted", h1, RecoveryPolicy.AUTOMATIC);
        index.refresh(() -> world.list(null));
        assertThat(ids()).containsExactly(kept, deleted);

        InstanceId made = world.instance("made-elsewhere", h1, RecoveryPolicy.AUTOMATIC);
        List<Instance> stored = world.list(null).stream()
                .filter(one -> !one.id().equals(deleted))
                .toList();
        index.refresh(() -> stored);
        assertThat(ids()).containsExactly(kept, made);
    }

    @Test
    void whatChangedWhileTheStoreWasReadStays() {
        InstanceId during = world.instance("made-meanwhile", h1, RecoveryPolicy.AUTOMATIC);
        Instance row = world.list(null).getFirst();
        index.refresh(() -> {
            index.put(row);
            return List.of();
        });
        assertThat(ids()).containsExactly(during);
    }

    private List<InstanceId> ids() {
        return index.at(h1).stream().map(Affected::id).toList();
    }
}
