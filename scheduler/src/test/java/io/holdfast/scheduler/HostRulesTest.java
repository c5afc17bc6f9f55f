package io.holdfast.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.Amounts;
import io.holdfast.model.HostWish;
import io.holdfast.model.Stock;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What traits and images say of a host, in words for people. */
class HostRulesTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "trait:A=required              | A B | -",
                "trait:A=required              | B   | has no trait A",
                "trait:A=required              | -   | has no trait A",
                "trait:A=forbidden             | B   | -",
                "trait:A=forbidden             | A   | has trait A, which is forbidden",
                "holdfast:any_trait=A,B        | B   | -",
                "holdfast:any_trait=B, A       | C   | has none of the traits A, B",
                "holdfast:any_trait:gpu=A      | C   | has none of the traits A",
                "holdfast:any_traits=A         | C   | -",
                "hw:numa_nodes=1               | C   | -",
            })
    void aFlavorsTraits(String spec, String traits, String objection) {
        String[] said = spec.strip().split("=", 2);
        Set<String> has = traits == null ? Set.of() : Set.of(traits.split(" ", -1));
        HostWish wish = HostWish.of(Map.of(said[0], said[1]), Map.of());
        assertThat(TraitRule.objection(wish, has)).isEqualTo(objection);
        assertThat(TraitRule.allows(wish, has)).isEqualTo(objection == null);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "hw_architecture=aarch64 | -              | -",
                "hw_architecture=aarch64 | A              | -",
                "hw_architecture=aarch64 | HW_ARCH_AARCH64| -",
                "architecture=X86_64     | HW_ARCH_X86_64 | -",
                "architecture=aarch64    | HW_ARCH_X86_64 | has trait HW_ARCH_X86_64, and the image is for architecture aarch64",
                "img_hv_type=kvm         | -              | -",
                "img_hv_type=QEMU        | -              | -",
                "hypervisor_type=xen     | -              | runs KVM, and the image is for hypervisor xen",
                "hw_vm_mode=hvm          | -              | -",
                "vm_mode=exe             | -              | runs machines of mode hvm, and the image is for mode exe",
                "os=two                  | -              | its aggregates take images with os one, the image has two",
                "os=one                  | -              | -",
                "size=two                | -              | -",
            })
    void anImagesProperties(String property, String traits, String objection) {
        String[] said = property.strip().split("=", 2);
        HostWish wish = HostWish.of(Map.of(), Map.of(said[0], said[1]));
        assertThat(ImageRule.objection(
                        wish.image(),
                        Map.of("os", Set.of("one")),
                        traits == null ? Set.of() : Set.of(traits.split(" ", -1))))
                .isEqualTo(objection);
    }

    @Test
    void anImageRequiresTraitsAndForbidsNone() {
        HostWish wish = HostWish.of(
                Map.of("trait:A", "forbidden"), Map.of("trait:B", "required", "trait:C", "forbidden", "os", "one"));
        assertThat(wish)
                .isEqualTo(
                        new HostWish(Map.of(), Set.of("B"), Set.of("A"), Set.of(), Amounts.NONE, Map.of("os", "one")));
        assertThat(wish.namesTraits()).isTrue();
        assertThat(HostWish.of(Map.of("hw:boot_menu", "true"), Map.of())).isSameAs(HostWish.NONE);
        assertThat(HostWish.NONE.namesTraits()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "1 | 0 | -",
                "3 | 0 | needs 3 CUSTOM_FPGA, 2 free",
                "1 | 2 | needs 1 CUSTOM_FPGA, 0 free",
                "5 | 0 | gives 1 to 4 CUSTOM_FPGA, not 5",
            })
    void aStock(int wanted, int promised, String objection) {
        assertThat(new Stock(8, 6, 1, 4, 1).objection("CUSTOM_FPGA", wanted, promised))
                .isEqualTo(objection);
    }

    @Test
    void aStockThatIsGivenInSteps() {
        Stock stock = new Stock(8, 0, 2, 8, 2);
        assertThat(stock.objection("VGPU", 3, 0)).isEqualTo("gives 2 to 8 VGPU in steps of 2, not 3");
        assertThat(stock.objection("VGPU", 4, 4)).isNull();
        // Somebody has reserved more than there is left.
        assertThat(new Stock(1, 4, 1, 4, 1).objection("VGPU", 1, 0)).isEqualTo("needs 1 VGPU, 0 free");
    }

    @Test
    void amountsAreReadFromSpecsAndWrittenAsOneWord() {
        Amounts amounts = Amounts.ofSpecs(Map.of(
                "resources:CUSTOM_FPGA",
                "2",
                "resources:VGPU",
                "1",
                "resources:CUSTOM_NONE",
                "0",
                "resources:x",
                "1",
                "resources:VCPU",
                "4",
                "hw:numa_nodes",
                "1"));
        assertThat(amounts).hasToString("CUSTOM_FPGA=2,VGPU=1");
        assertThat(Amounts.parse(amounts.toString())).isEqualTo(amounts);
        assertThat(Amounts.parse("")).isEqualTo(Amounts.NONE);
        for (Map<String, String> wrong : List.of(
                Map.of("resources:VCPU", "4"),
                Map.of("resources:CUSTOM_FPGA", "-1"),
                Map.of("resources:CUSTOM_FPGA", "2.5"),
                Map.of("resources:", "1"),
                Map.of("resources:CUSTOM_FPGA", "1234567890"))) {
            assertThatThrownBy(() -> HostWish.check(wrong)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
