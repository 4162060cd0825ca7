// Jenkins: what a pipeline tells a source of kind jenkins, signed as Standard Webhooks ask for.
//
// Goes to vars/countersign.groovy of a shared library that is loaded globally, which may use
// javax.crypto without approval. Needs the plugins HTTP Request and Credentials Binding, and a credential
// of the kind "secret text" named countersign: whsec_ and base64, the same that the source has.
//
//   post { always { countersign(url: 'https://countersign.example.com/hooks/jenkins', phase: 'FINALIZED') } }

import com.cloudbees.groovy.cps.NonCPS
import groovy.json.JsonOutput
import javax.crypto.Mac
import javax.crypto.spec.SecretKeySpec

@NonCPS
private String signature(String secret, String text) {
  byte[] key = (secret.startsWith('whsec_') ? secret.substring(6) : secret).decodeBase64()
  Mac mac = Mac.getInstance('HmacSHA256')
  mac.init(new SecretKeySpec(key, 'HmacSHA256'))
  return 'v1,' + mac.doFinal(text.getBytes('UTF-8')).encodeBase64().toString()
}

// Text as JSON writes it, in ASCII alone: then it does not matter how a plugin encodes the body.
@NonCPS
private String bodyOf(String name, Map build) {
  return JsonOutput.toJson([name: name, build: build])
}

void call(Map options) {
  String body = bodyOf(env.JOB_NAME, [
    number: env.BUILD_NUMBER as Integer,
    phase: options.phase,
    status: currentBuild.currentResult,
    full_url: env.BUILD_URL,
    scm: [branch: env.BRANCH_NAME ?: ''],
  ])
  // One id for all tries: then the door knows a repetition.
  String id = UUID.randomUUID().toString()
  retry(3) {
    withCredentials([string(credentialsId: 'countersign', variable: 'COUNTERSIGN_SECRET')]) {
      String time = (System.currentTimeMillis().intdiv(1000)).toString()
      httpRequest(
        url: options.url,
        httpMode: 'POST',
        contentType: 'APPLICATION_JSON',
        requestBody: body,
        timeout: 10,
        validResponseCodes: '200:299',
        customHeaders: [
          [name: 'webhook-id', value: id],
          [name: 'webhook-timestamp', value: time],
          [name: 'webhook-signature', value: signature(COUNTERSIGN_SECRET, "${id}.${time}.${body}")],
        ])
    }
  }
}
