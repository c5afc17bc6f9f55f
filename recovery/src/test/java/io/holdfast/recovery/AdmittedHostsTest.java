package io.holdfast.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.HostSurroundings;
import io.holdfast.compute.Hosts;
import io.holdfast.model.HostId;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Recovery plans and acts through these hosts, so what they do not hand on is as if it were not there. */
class AdmittedHostsTest {

    private static final Map<HostId, HostSurroundings> AROUND =
            Map.of(HostId.of("h1"), HostSurroundings.of(Map.of("disk", Set.of("ssd"))));

    static List<Method> methods() {
        return Arrays.stream(Hosts.class.getMethods())
                .filter(method -> !Modifier.isStatic(method.getModifiers()))
                .toList();
    }

    /** A method that the interface answers by itself would be answered so here, and nobody would notice. */
    @ParameterizedTest
    @MethodSource("methods")
    void nothingIsLeftToTheInterface(Method method) throws NoSuchMethodException {
        assertThat(AdmittedHosts.class
                        .getMethod(method.getName(), method.getParameterTypes())
                        .getDeclaringClass())
                .isEqualTo(AdmittedHosts.class);
    }

    /** Without it recovery would take each host for one in no aggregate: kept for nobody, and without what flavors ask for. */
    @Test
    void aggregatesAreThoseOfTheRealHosts() {
        Hosts real = (Hosts)
                Proxy.newProxyInstance(Hosts.class.getClassLoader(), new Class<?>[] {Hosts.class}, (_, _, _) -> AROUND);
        assertThat(new AdmittedHosts(real, null).surroundings()).isEqualTo(AROUND);
    }
}
