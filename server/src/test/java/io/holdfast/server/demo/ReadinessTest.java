package io.holdfast.server.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.model.HostId;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ReadinessTest {

    private static final List<HostId> STAGE = List.of(HostId.of("h1"), HostId.of("h2"));
    private static final String WELL = "{'name':'h1','state':'SERVING','health':'ALIVE','quarantine':null,"
            + "'caseId':null,'enabled':true,'takesClaims':true}";
    private static final String WELL_TOO = WELL.replace("'h1'", "'h2'");

    @Test
    void hostsThatAreAsTheyWere() throws Exception {
        assertThat(problems(WELL, WELL_TOO, WELL.replace("'h1'", "'h9'").replace("ALIVE", "LOST")))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            SERVING | JOINING | h1 is JOINING/ALIVE
            SERVING | FENCED | h1 is FENCED/ALIVE
            ALIVE | DEGRADED | h1 is SERVING/DEGRADED
            ALIVE | SUSPECTED | h1 is SERVING/SUSPECTED
            'quarantine':null | 'quarantine':'it failed 3 times' | h1 is in quarantine: it failed 3 times
            'caseId':null | 'caseId':'c-7' | h1 has an open case, c-7
            'takesClaims':true | 'takesClaims':false | h1 takes no instances
            """)
    void aHostThatIsNotAsItWas(String well, String ill, String problem) throws Exception {
        assertThat(problems(WELL.replace(well, ill), WELL_TOO)).containsExactly(problem);
        assertThat(problems(WELL_TOO, WELL.replace(well, ill))).containsExactly(problem);
    }

    @Test
    void aHostThatIsNotKnownIsNotReady() throws Exception {
        assertThat(problems(WELL_TOO)).containsExactly("h1 is not known");
    }

    @Test
    void eachHostSaysForItself() throws Exception {
        assertThat(problems(
                        WELL.replace("SERVING", "CONDEMNED").replace("'caseId':null", "'caseId':'c-7'"),
                        WELL_TOO.replace("'takesClaims':true", "'takesClaims':false")))
                .containsExactly("h1 is CONDEMNED/ALIVE", "h1 has an open case, c-7", "h2 takes no instances");
    }

    private static List<String> problems(String... hosts) throws Exception {
        ObjectMapper mapper = new ObjectMapper();
        List<JsonNode> told = new java.util.ArrayList<>();
        for (String host : hosts) {
            told.add(mapper.readTree(host.replace('\'', '"')));
        }
        return Readiness.problems(STAGE, told);
    }
}
