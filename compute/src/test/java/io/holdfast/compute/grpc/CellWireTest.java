package io.holdfast.compute.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.compute.GuestSpec;
import io.holdfast.compute.GuestTerms;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.compute.grpc.v1.ApplyRequest;
import io.holdfast.model.CellClaim;
import io.holdfast.model.Generation;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a guest has of its host's cells, on its way to the agent and in the agent's journal. */
class CellWireTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "0:2:1024:2048:2,10:;1:1:512:0:6:",
                "1:2:1024:0::4-5,7",
                "/gpu=0000:3b:00.0",
                "0:2:1024:0:2,10:/gpu=0000:3b:00.0|0000:3c:00.0,nic=0000:18:10.2"
            })
    void itArrivesAndIsRemembered(String claim) throws Exception {
        InstanceOrder order = order(CellClaim.parse(claim));
        assertThat(Wire.read(Wire.write(order))).isEqualTo(order);
        ObjectMapper json = new ObjectMapper();
        assertThat(json.readValue(json.writeValueAsString(order.spec()), GuestSpec.class))
                .isEqualTo(order.spec());
    }

    @Test
    void aJournalOfAnEarlierReleaseHasNone() throws Exception {
        assertThat(new ObjectMapper()
                        .readValue(
                                "{\"name\": \"vm\", \"vcpus\": 1, \"memoryMib\": 64, \"disk\": \"d\", \"image\": \"i\","
                                        + " \"imageFormat\": \"raw\", \"diskGib\": 0}",
                                GuestSpec.class)
                        .cells())
                .isEqualTo(CellClaim.NONE);
    }

    @Test
    void whatIsNoClaimIsRefusedBeforeItReachesTheHypervisor() {
        ApplyRequest.Builder wrong = Wire.write(order(CellClaim.parse("0:2:1024:0:2,10:"))).toBuilder();
        wrong.getOrderBuilder().getSpecBuilder().getCellsBuilder(0).setVcpus(3);
        assertThatThrownBy(() -> Wire.read(wrong.build())).isInstanceOf(IllegalArgumentException.class);
        ApplyRequest.Builder odd = Wire.write(order(CellClaim.parse("/gpu=0000:3b:00.0"))).toBuilder();
        odd.getOrderBuilder().getSpecBuilder().getDevicesBuilder(0).setAddress("0000:3b:00.0'/><x");
        assertThatThrownBy(() -> Wire.read(odd.build())).isInstanceOf(IllegalArgumentException.class);
    }

    private static InstanceOrder order(CellClaim claim) {
        GuestSpec spec = new GuestSpec(
                "vm",
                3,
                1536,
                "instances/x",
                "images/y",
                "raw",
                0,
                null,
                null,
                null,
                List.of(),
                null,
                GuestTerms.DEFAULT,
                null,
                claim);
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
