package io.holdfast.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.FailureDomains;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class FailureDomainsTest {

    @Test
    void readsWhatItWrote() {
        FailureDomains domains = new FailureDomains(Map.of("rack", "R4.2", "pdu", "a"));
        assertThat(domains.toString()).isEqualTo("pdu=a,rack=R4.2");
        assertThat(FailureDomains.parse(domains.toString())).isEqualTo(domains);
        assertThat(FailureDomains.parse("")).isEqualTo(FailureDomains.NONE);
    }

    @Test
    void saysWhatIsWrong() {
        assertThatThrownBy(() -> new FailureDomains(Map.of("Rack", "r4")))
                .hasMessageContaining("not a kind of domain: 'Rack'");
        assertThatThrownBy(() -> new FailureDomains(Map.of("rack", "r 4")))
                .hasMessageContaining("not a name for a rack: 'r 4'");
        assertThatThrownBy(() -> FailureDomains.parse("rack")).hasMessageContaining("expected kind=name");
        Map<String, String> many = new TreeMap<>();
        for (char kind = 'a'; kind <= 'q'; kind++) {
            many.put(String.valueOf(kind), "x");
        }
        assertThatThrownBy(() -> new FailureDomains(many)).hasMessageContaining("at most 16 kinds, has 17");
    }
}
