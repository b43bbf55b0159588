// Publishes one enrolment with Java 17 or newer and no library.
//   ARNA_GATEWAY=http://127.0.0.1:8443 ARNA_KEY=arna_… java PublishEnrolment.java
//
// Over Kafka it is the same document: a record of topic arna.enrolment.v1 with the subject as its key, the text as its
// value and the header content-type: application/cloudevents+json, sent with acks=all and enable.idempotence=true.

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;

public class PublishEnrolment {
    static final String SOURCE = "urn:kz:bin:500340000738";

    // Synthetic person: century digit 1 in the number, so it is nobody's.
    static final String DATA = """
        {"enrolment_id": "example-java", "person": {"iin": "990101100000"},
         "organisation": {"bin": "500340000738", "kind": "college"},
         "programme": {"code": "06130100", "name": {"kk": "Бағдарламалық қамтамасыз ету"}, "isced_level": 4},
         "study_form": "full_time", "language": "kk", "funding": "state_grant", "kato": "750000000",
         "begin_date": "2026-09-01", "entry_type": "new", "status": "active"}""";

    public static void main(String[] arguments) throws Exception {
        int version = 1;
        // An id that follows from the content: the same change sent again has it again.
        UUID id = UUID.nameUUIDFromBytes((SOURCE + version + DATA).getBytes(StandardCharsets.UTF_8));
        String event = """
            {"specversion": "1.0", "id": "%s", "source": "%s", "type": "kz.arna.enrolment.started.v1",
             "subject": "example-java", "time": "2026-08-20T09:00:00+05:00",
             "dataschema": "urn:arna:schema:enrolment:1", "recordversion": %d, "data": %s}"""
            .formatted(id, SOURCE, version, DATA);
        HttpRequest request = HttpRequest.newBuilder(URI.create(System.getenv("ARNA_GATEWAY") + "/v1/events"))
            .timeout(Duration.ofSeconds(60))
            .header("Authorization", "Bearer " + System.getenv("ARNA_KEY"))
            .header("Content-Type", "application/cloudevents+json")
            .POST(HttpRequest.BodyPublishers.ofString(event))
            .build();
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        for (int attempt = 1; ; attempt++) {
            HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
            System.out.println(answer.body());
            // 429 and 503: wait and send again, with the same id. Anything else will not get better by itself.
            if ((answer.statusCode() != 429 && answer.statusCode() != 503) || attempt == 5) {
                System.exit(answer.statusCode() == 202 ? 0 : 1);
            }
            Thread.sleep(1000 * answer.headers().firstValueAsLong("Retry-After").orElse(1));
        }
    }
}
