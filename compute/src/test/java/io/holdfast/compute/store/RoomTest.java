package io.holdfast.compute.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.compute.HostState;
import io.holdfast.compute.Overcommit;
import io.holdfast.model.Resources;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RoomTest {

    /** A host with 8 vCPU, of which 4 are given away, and 1000 MiB, of which 500 are. */
    @ParameterizedTest
    @CsvSource({
        "1.0, 1.0, 4, 500, fits",
        "1.0, 1.0, 5, 500, 'needs 5 vCPU, 4 free'",
        "1.0, 1.0, 4, 501, 'needs 501 MiB, 500 MiB free'",
        "4.0, 1.5, 28, 1000, fits",
        "4.0, 1.5, 29, 1, 'needs 29 vCPU, 28 free'",
        "100, 10, 796, 9500, fits",
        "0.3, 1.0, 1, 1, 'needs 1 vCPU, 0 free'",
        "0.7, 1.0, 1, 1, fits",
        "1.0, 0.9999, 1, 500, 'needs 500 MiB, 499 MiB free'",
        "100, 10, 2147483647, 1, 'needs 2147483647 vCPU, 796 free'"
    })
    void promisesAsMuchAsTheOvercommitSays(double vcpus, double memory, int wantVcpus, int wantMib, String answer) {
        HostRow host = host();
        assertThat(new Room(new Overcommit(vcpus, memory))
                        .refusal(host, new Resources(wantVcpus, wantMib, 0))
                        .orElse("fits"))
                .isEqualTo(answer);
    }

    @Test
    void aHostHasNoMoreInstancesThanItMayHave() {
        HostRow host = host();
        host.instances = 3;
        assertThat(new Room(new Overcommit(1, 1, 4)).refusal(host, Resources.NOTHING))
                .isEmpty();
        assertThat(new Room(new Overcommit(1, 1, 3)).refusal(host, Resources.NOTHING))
                .contains("has 3 instances, as many as it may have");
        assertThat(new Room(new Overcommit(1, 1, 2)).refusal(host, Resources.NOTHING))
                .isPresent();
        assertThatThrownBy(() -> new Overcommit(1, 1, -1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must be 0 or more");
    }

    @Test
    void anOvercommitOfNothingIsRefused() {
        for (double wrong : new double[] {0, -1, Double.NaN}) {
            assertThatThrownBy(() -> new Overcommit(wrong, 1)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> new Overcommit(1, wrong)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static HostRow host() {
        HostRow host = new HostRow();
        host.state = HostState.SERVING;
        host.enabled = true;
        host.vcpus = 8;
        host.memoryMib = 1000;
        host.vcpusUsed = 4;
        host.memoryMibUsed = 500;
        return host;
    }
}
