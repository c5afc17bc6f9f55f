package io.holdfast.fencing.ipmi.rmcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The keys and codes against answers computed elsewhere: {@code vectors.py} beside {@code vectors.txt} tells how. */
class KnownAnswersTest {

    private static final int CONSOLE_ID = 0xa0a2a3a4;
    private static final int BMC_ID = 0x02003c00;

    record Vector(KeyExchange exchange, Secret password, Secret key, List<String> answers) {
        @Override
        public String toString() {
            return exchange.suite() + " " + exchange.user();
        }
    }

    static List<Vector> vectors() {
        try (InputStream in = KnownAnswersTest.class.getResourceAsStream("/rmcp/vectors.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(KnownAnswersTest::vector)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Vector vector(String line) {
        List<String> words = List.of(line.split(" "));
        KeyExchange exchange = new KeyExchange(
                Suite.of(Integer.parseInt(words.get(0))),
                CONSOLE_ID,
                BMC_ID,
                Bytes.ofHex("000102030405060708090a0b0c0d0e0f"),
                Bytes.ofHex("f0efeeedecebeae9e8e7e6e5e4e3e2e1"),
                Bytes.ofHex("a123456789abcdefa123456789000001"),
                0x14,
                text(words.get(1)));
        Secret password = Secret.ofPassword(words.get(2));
        Secret key = words.get(3).equals("-")
                ? password
                : Secret.ofKey(text(words.get(3)).toArray());
        return new Vector(exchange, password, key, words.subList(4, 8));
    }

    private static Bytes text(String word) {
        return Bytes.of(word.getBytes(StandardCharsets.US_ASCII));
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void codesAreThoseComputedElsewhere(Vector vector) {
        assertThat(vector.exchange.codeOfBmc(vector.password)).hasToString(vector.answers.get(0));
        assertThat(vector.exchange.codeOfConsole(vector.password)).hasToString(vector.answers.get(1));
        assertThat(vector.exchange.keys(vector.key).check()).hasToString(vector.answers.get(2));
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void aSealedPacketIsThatComputedElsewhereAndOpensAgain(Vector vector) throws GarbledException {
        SessionKeys keys = vector.exchange.keys(vector.key);
        IpmiMessage message =
                IpmiMessage.request(IpmiMessage.NETFN_CHASSIS, IpmiMessage.GET_CHASSIS_STATUS, 2, Bytes.EMPTY);

        Bytes packet = keys.seal(BMC_ID, 5, message, new Counting(0x30));

        assertThat(packet).hasToString(vector.answers.get(3));
        Packet.Sealed sealed = (Packet.Sealed) Packet.decode(packet);
        assertThat(sealed.sessionId()).isEqualTo(BMC_ID);
        assertThat(sealed.sequence()).isEqualTo(5);
        assertThat(keys.open(sealed)).isEqualTo(message);
    }

    /** Gives octets one after the other, so that the initialization vector is the one of the script. */
    private static final class Counting implements RandomGenerator {
        private int next;

        Counting(int first) {
            this.next = first;
        }

        @Override
        public long nextLong() {
            throw new UnsupportedOperationException("only octets are asked for");
        }

        @Override
        public void nextBytes(byte[] octets) {
            for (int i = 0; i < octets.length; i++) {
                octets[i] = (byte) next++;
            }
        }
    }
}
