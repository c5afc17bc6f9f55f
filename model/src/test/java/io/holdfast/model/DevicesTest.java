package io.holdfast.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DevicesTest {

    private static final Devices HOST = Devices.parse("gpu=0000:3b:00.0|0000:3c:00.0|0000:d8:00.0,nic=0000:18:10.2");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''          | ''",
                "gpu=1       | gpu=0000:3b:00.0",
                "gpu=2,nic=1 | gpu=0000:3b:00.0/0000:3c:00.0,nic=0000:18:10.2",
                "gpu=4       | has 3 free devices gpu, the instance wants 4",
                "gpu=4,fpga=1 | has 0 free devices fpga, the instance wants 1; has 3 free devices gpu, the instance wants 4",
                "nic=2,gpu=1 | has 1 free devices nic, the instance wants 2",
            })
    void theLowestAreTakenOrNothing(String wanted, String answer) {
        Amounts amounts = Amounts.parse(wanted);
        if (answer.startsWith("has ")) {
            assertThat(HOST.take(amounts)).isEmpty();
            assertThat(HOST.objection(amounts)).isEqualTo(answer);
        } else {
            assertThat(HOST.take(amounts)).contains(Devices.parse(answer.replace('/', '|')));
            assertThat(HOST.objection(amounts)).isNull();
        }
    }

    @Test
    void whatSomebodyHasIsNotThereWhateverItWasCalledThen() {
        assertThat(HOST.without(Devices.parse("old=0000:3c:00.0|0000:18:10.2|0000:ff:00.0")))
                .hasToString("gpu=0000:3b:00.0|0000:d8:00.0");
        assertThat(HOST.without(Devices.NONE)).isSameAs(HOST);
        assertThat(HOST.addresses()).containsExactly("0000:3b:00.0", "0000:3c:00.0", "0000:d8:00.0", "0000:18:10.2");
        assertThat(Devices.parse(HOST.toString())).isEqualTo(HOST);
    }

    @Test
    void aHostsAndAClaimsTextHaveThemBehindASlash() {
        for (String host : List.of("0:1024::0-3:/gpu=0000:3b:00.0", "/gpu=0000:3b:00.0", "0:1024::0-3:", "")) {
            assertThat(HostTopology.parse(host)).hasToString(host);
        }
        for (String claim : List.of("0:1:512:0:2:/gpu=0000:3b:00.0", "/gpu=0000:3b:00.0", "0:1:512:0:2:", "")) {
            assertThat(CellClaim.parse(claim)).hasToString(claim);
        }
        HostTopology host = HostTopology.parse("0:1024:2,3:0-1:").with(HOST);
        NumaWish wish = NumaWish.of(Map.of("pci_passthrough:alias", "gpu:1", "hw:cpu_policy", "dedicated"), Map.of());
        CellClaim claim = CellFit.fit(host, wish, 1, 512).orElseThrow();
        assertThat(claim).hasToString("0:1:512:0:2:/gpu=0000:3b:00.0");
        assertThat(host.without(List.of(claim)))
                .hasToString("0:512:3:0-1:/gpu=0000:3c:00.0|0000:d8:00.0,nic=0000:18:10.2");
        assertThat(CellFit.objection(HostTopology.parse("0:1024::0-1:"), wish, 1, 512))
                .isEqualTo("has 0 dedicated processors free in one cell, the instance wants 1; "
                        + "has 0 free devices gpu, the instance wants 1");
        assertThat(CellFit.objection(HostTopology.parse("0:1024:2:0-1:"), wish, 1, 512))
                .isEqualTo("has 0 free devices gpu, the instance wants 1");
        assertThat(CellFit.objection(HostTopology.NONE.with(HOST), wish, 1, 512))
                .isEqualTo("has not said which processors and memory it has");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gpu",
                "gpu=",
                "gpu=3b:00.0",
                "gpu=0000:3b:00.8",
                "g,u=0000:3b:00.0",
                "=0000:3b:00.0",
                "gpu=0000:3B:00.0"
            })
    void whatIsNoDeviceIsRefused(String text) {
        assertThatThrownBy(() -> Devices.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
