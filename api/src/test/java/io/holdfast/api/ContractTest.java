package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.error.YAMLException;

class ContractTest {

    @Test
    void oneThatNamesSomethingTwiceIsRefused() {
        assertThat(Contract.parsed("parameters: {tag: {in: path}, image: {in: path}}")
                        .getJsonObject("parameters")
                        .fieldNames())
                .containsExactlyInAnyOrder("tag", "image");
        assertThatThrownBy(() -> Contract.parsed("parameters: {tag: {in: path}, tag: {in: query}}"))
                .isInstanceOf(YAMLException.class)
                .hasMessageContaining("duplicate key tag");
    }

    @Test
    void oneThatIsNoMapIsRefused() {
        assertThatThrownBy(() -> Contract.parsed("[paths]")).hasMessage("a contract is not a YAML map");
    }
}
