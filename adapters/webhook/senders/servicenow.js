// ServiceNow: a business rule that tells a source of kind servicenow about a record.
//
// System Definition > Business Rules > New: table Incident (or another), when "async", insert and
// update, advanced, and this as the script. The address and the token are the system properties
// countersign.url and countersign.token; give the second the type "password2".
(function executeRule(current) {
  var fields = ['sys_id', 'sys_mod_count', 'number', 'state', 'priority', 'short_description', 'sys_updated_on'];
  var body = {};
  for (var i = 0; i < fields.length; i++) {
    body[fields[i]] = String(current.getValue(fields[i]) || '');
  }
  // ${...} would be taken for a variable of the message.
  var text = JSON.stringify(body).replace(/\$/g, '\\u0024');

  var request = new sn_ws.RESTMessageV2();
  request.setEndpoint(gs.getProperty('countersign.url'));
  request.setHttpMethod('POST');
  request.setHttpTimeout(10000);
  request.setRequestHeader('Content-Type', 'application/json');
  request.setRequestHeader('Authorization', 'Bearer ' + gs.getProperty('countersign.token'));
  request.setRequestBody(text);
  var status = request.execute().getStatusCode();
  if (status < 200 || status > 299) {
    gs.error('Countersign: the door answered ' + status + ' for ' + body.number + ': nothing was stored');
  }
})(current);
