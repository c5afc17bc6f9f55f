package io.holdfast.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.NumaWish.GuestCell;
import io.holdfast.model.NumaWish.Pages;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NumaWishTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "hw:cpu_policy    | dedicated | dedicated,0,unsaid,0",
                "hw:cpu_policy    | shared    | ''",
                "hw:cpu_policy    | mixed     | -",
                "hw:cpu_policy    | ''        | -",
                "hw:numa_nodes    | 2         | shared,2,unsaid,0",
                "hw:numa_nodes    | 0         | -",
                "hw:numa_nodes    | 65        | -",
                "hw:numa_nodes    | two       | -",
                "hw:mem_page_size | small     | shared,0,small,0",
                "hw:mem_page_size | LARGE     | shared,0,large,0",
                "hw:mem_page_size | any       | shared,0,any,0",
                "hw:mem_page_size | 2048      | shared,0,exact,2048",
                "hw:mem_page_size | 2MB       | shared,0,exact,2048",
                "hw:mem_page_size | 2 MiB     | shared,0,exact,2048",
                "hw:mem_page_size | 1GB       | shared,0,exact,1048576",
                "hw:mem_page_size | 4KB       | shared,0,exact,4",
                "hw:mem_page_size | 3MB       | -",
                "hw:mem_page_size | 1         | -",
                "hw:mem_page_size | 32GB      | -",
                "hw:mem_page_size | 999999999GB | -",
                "hw:mem_page_size | huge      | -",
                "hw:cpu_thread_policy | prefer | -",
                "hw:emulator_threads_policy | share | -",
                "hw:numa_cpus.0   | 0,1       | -",
                "hw:numa_mem.1    | 512       | -",
                "pci_passthrough:alias | gpu:2       | shared,0,unsaid,0/gpu=2",
                "pci_passthrough:alias | gpu:1, nic:1,gpu:1 | shared,0,unsaid,0/gpu=2,nic=1",
                "pci_passthrough:alias | gpu         | -",
                "pci_passthrough:alias | gpu:0       | -",
                "pci_passthrough:alias | gpu:1,      | -",
                "pci_passthrough:alias | g pu:1      | -",
                "pci_passthrough:alias | ''          | -",
                "hw:boot_menu     | true      | ''",
            })
    void aFlavorsWord(String key, String value, @Nullable String wish) {
        Map<String, String> specs = Map.of(key, value);
        if (wish == null) {
            assertThatThrownBy(() -> HostWish.check(specs))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith(key + " ");
            assertThat(NumaWish.of(specs, Map.of())).isSameAs(NumaWish.NONE);
        } else {
            HostWish.check(specs);
            assertThat(NumaWish.of(specs, Map.of())).hasToString(wish);
            assertThat(NumaWish.parse(wish)).isEqualTo(NumaWish.of(specs, Map.of()));
        }
    }

    @Test
    void anImageSaysWhatTheFlavorDoesNotAndItsNonsenseSaysNothing() {
        Map<String, String> image =
                Map.of("hw_cpu_policy", "dedicated", "hw_numa_nodes", "3", "hw_mem_page_size", "nonsense");
        assertThat(NumaWish.of(Map.of(), image)).isEqualTo(new NumaWish(true, 3, Pages.UNSAID, 0));
        assertThat(NumaWish.of(Map.of("hw:cpu_policy", "shared", "hw:numa_nodes", "2"), image))
                .isEqualTo(new NumaWish(false, 2, Pages.UNSAID, 0));
        assertThat(HostWish.of(Map.of(), image).numa()).isEqualTo(new NumaWish(true, 3, Pages.UNSAID, 0));
    }

    @Test
    void aGuestIsCutAsEvenlyAsCanBe() {
        assertThat(new NumaWish(true, 2, Pages.UNSAID, 0).cells(5, 1025))
                .containsExactly(new GuestCell(3, 513), new GuestCell(2, 512));
        assertThat(new NumaWish(true, 0, Pages.UNSAID, 0).cells(5, 1025)).containsExactly(new GuestCell(5, 1025));
    }

    @Test
    void itIsNotCutIntoMorePartsThanItHasProcessors() {
        NumaWish wish = new NumaWish(false, 4, Pages.UNSAID, 0);
        assertThat(wish.objection(4, 512)).isNull();
        assertThat(wish.objection(3, 512)).isEqualTo("hw:numa_nodes 4 is more than 3 vCPU and 512 MiB can be cut into");
        assertThat(NumaWish.NONE.objection(1, 1)).isNull();
    }

    @Test
    void aSizeWithoutExactlyOrNodesWithoutEndAreNoWish() {
        assertThatThrownBy(() -> new NumaWish(false, 0, Pages.LARGE, 4)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new NumaWish(false, 0, Pages.EXACT, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new NumaWish(false, 65, Pages.UNSAID, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
