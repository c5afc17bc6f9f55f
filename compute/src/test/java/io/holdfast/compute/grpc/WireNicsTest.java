package io.holdfast.compute.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.compute.GuestSpec;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.compute.Nic;
import io.holdfast.compute.grpc.v1.ApplyRequest;
import io.holdfast.model.Generation;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Network cards on their way to an agent, and what was written before there were any. */
class WireNicsTest {

    private static final Nic PLUGGED = new Nic(new UUID(1, 2), "fa:16:3e:00:00:01", "br-ext");
    private static final Nic LOOSE = new Nic(new UUID(1, 3), "fa:16:3e:00:00:02", null);

    @Test
    void cardsArriveInTheirOrder() {
        InstanceOrder order = order(PLUGGED, LOOSE);
        assertThat(Wire.read(Wire.write(order))).isEqualTo(order);
    }

    @Test
    void anOrderOfAControllerThatKnowsNoCardsHasNone() {
        ApplyRequest.Builder old = Wire.write(order(PLUGGED)).toBuilder();
        old.getOrderBuilder().getSpecBuilder().clearNics();
        assertThat(Wire.read(old.build()).spec().nics()).isEmpty();
    }

    @Test
    void whatIsNoCardIsRefusedBeforeItReachesTheHypervisor() {
        ApplyRequest.Builder wrong = Wire.write(order(PLUGGED)).toBuilder();
        wrong.getOrderBuilder().getSpecBuilder().getNicsBuilder(0).setBridge("br0\"/><x");
        assertThatThrownBy(() -> Wire.read(wrong.build())).isInstanceOf(IllegalArgumentException.class);
        wrong.getOrderBuilder()
                .getSpecBuilder()
                .getNicsBuilder(0)
                .setBridge("br0")
                .setMac("fa:16");
        assertThatThrownBy(() -> Wire.read(wrong.build())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aJournalRemembersCardsAndOneOfAnEarlierReleaseHasNone() throws Exception {
        ObjectMapper json = new ObjectMapper();
        GuestSpec spec = order(PLUGGED, LOOSE).spec();
        assertThat(json.readValue(json.writeValueAsString(spec), GuestSpec.class))
                .isEqualTo(spec);
        assertThat(json.readValue(
                                "{\"name\": \"vm\", \"vcpus\": 1, \"memoryMib\": 64, \"disk\": \"d\", \"image\": \"i\","
                                        + " \"imageFormat\": \"raw\", \"diskGib\": 0}",
                                GuestSpec.class)
                        .nics())
                .isEmpty();
    }

    private static InstanceOrder order(Nic... nics) {
        GuestSpec spec =
                new GuestSpec("vm", 1, 64, "instances/x", "images/y", "raw", 0, null, null, null, List.of(nics));
        return new InstanceOrder(
                HostId.of("h1"),
                HostEpoch.of(1),
                LeaderEpoch.of(1),
                InstanceId.of(new UUID(0, 1)),
                Generation.of(1),
                InstanceGoal.RUNNING,
                spec);
    }
}
