package io.holdfast.compute.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.Devices;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PciDevicesTest {

    private static final Map<String, String> FOUND = Map.of(
            "0000:3b:00.0", "10de:1db4",
            "0000:d8:00.0", "10de:1db4",
            "0000:18:10.2", "8086:154c",
            "0000:00:1f.0", "8086:a1c1");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "10de:1db4               | gpu=0000:3b:00.0/0000:d8:00.0",
                "10DE:1DB4               | gpu=0000:3b:00.0/0000:d8:00.0",
                "0000:d8:00.0            | gpu=0000:d8:00.0",
                "0000:d8:00.0, 10de:1db4 | gpu=0000:3b:00.0/0000:d8:00.0",
                "10de:1db4,8086:154c     | gpu=0000:18:10.2/0000:3b:00.0/0000:d8:00.0",
                "10de:ffff               | ''",
            })
    void aDeviceIsMeantByItsMakeOrByItsPlace(String which, String offered) {
        assertThat(PciDevices.offered(Map.of("gpu", which), FOUND)).hasToString(offered.replace('/', '|'));
    }

    @Test
    void whatTwoAliasesMeanHasTheFirst() {
        assertThat(PciDevices.offered(Map.of("b", "10de:1db4", "a", "0000:3b:00.0"), FOUND))
                .hasToString("a=0000:3b:00.0,b=0000:d8:00.0");
    }

    @Test
    void anAddressThatIsNotThereIsTold() {
        assertThatThrownBy(() -> PciDevices.offered(Map.of("gpu", "0000:3c:00.0"), FOUND))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("agent.pci-devices.gpu names 0000:3c:00.0, and this host has no such device");
    }

    @Test
    void theKernelsDirectoryIsRead(@TempDir Path kernel) throws IOException {
        device(kernel, "0000:3b:00.0", "0x10de", "0x1db4");
        device(kernel, "0000:18:10.2", "0x8086", "0x154C");
        Files.createDirectory(kernel.resolve("0000:19:00.0"));
        Files.createDirectory(kernel.resolve("something"));
        assertThat(PciDevices.found(kernel))
                .isEqualTo(Map.of("0000:3b:00.0", "10de:1db4", "0000:18:10.2", "8086:154c"));
        assertThat(PciDevices.read(settings(Map.of("nic", "8086:154c")), kernel))
                .hasToString("nic=0000:18:10.2");
        assertThat(PciDevices.read(settings(Map.of()), kernel)).isEqualTo(Devices.NONE);
    }

    @Test
    void aHostWithoutABusHasNone(@TempDir Path directory) throws IOException {
        assertThat(PciDevices.read(settings(Map.of("nic", "8086:154c")), directory.resolve("none")))
                .isEqualTo(Devices.NONE);
    }

    private static AgentSettings settings(Map<String, String> devices) {
        return AgentFixtures.with(AgentSettings.defaults(), "pciDevices", devices);
    }

    private static void device(Path kernel, String address, String vendor, String product) throws IOException {
        Path directory = Files.createDirectory(kernel.resolve(address));
        Files.writeString(directory.resolve("vendor"), vendor + "\n");
        Files.writeString(directory.resolve("device"), product + "\n");
    }
}
